# enter-namespaces.sh COMMAND...
#
# The first process of a node's namespaces: sets up control groups and the settings that a kubelet wants, runs the command,
# and ends with it. Every process whose parent has ended becomes this one's child; waiting, it lets them go.
set -eu
hostname assaygate-node
echo 127.0.0.1 localhost >/etc/hosts
: >/etc/resolv.conf
# nft says protocols by name where it finds their names. kube-proxy takes what has a number for somebody else's.
printf 'tcp 6 TCP\nudp 17 UDP\nsctp 132 SCTP\n' >/etc/protocols
mount --make-rshared /

# In a control group namespace the group that this process is in looks like the root of each hierarchy.
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
while IFS=: read -r _ names _; do
  [ -n "$names" ] || continue
  name=${names#name=}
  [ "$name" = "$names" ] && options=$name || options=none,name=$name
  mkdir "/sys/fs/cgroup/$name"
  mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
done </proc/self/cgroup

# The kubelet would set these for the whole machine. It finds them set as it wants them.
mkdir /run/sysctl
pretend() {
  [ -e "/proc/sys/$1" ] || return 0
  file=/run/sysctl/$(basename "$1")
  echo "$2" >"$file"
  mount --bind "$file" "/proc/sys/$1"
}
pretend vm/overcommit_memory 1
pretend vm/panic_on_oom 0
pretend kernel/panic 10
pretend kernel/panic_on_oops 1
pretend kernel/keys/root_maxkeys 1000000
pretend kernel/keys/root_maxbytes 25000000

"$@" &
wait $!
