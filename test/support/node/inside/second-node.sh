# second-node.sh READY
#
# Holds the network and the mounts of a node besides the first, whose folders it does not share. Writes its process id into READY and stays.
set -eu
mount --make-rprivate /
mount --make-rshared /
for folder in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
echo $$ >"$1.writing"
mv "$1.writing" "$1"
exec sleep infinity
