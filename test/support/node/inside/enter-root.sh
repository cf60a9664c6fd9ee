# enter-root.sh LOWER STAGE PATH... -- COMMAND...
#
# Runs a command in a root folder that is LOWER with a layer of memory over it, so that nothing it writes lasts or reaches
# the machine's files. Each PATH is in it as it is outside. Needs a mount namespace of its own, whose mounts go nowhere;
# STAGE is an empty folder. Uses nothing of the machine's: LOWER has a busybox, which is static and runs this script.
set -eu
lower=$1 stage=$2
shift 2
box=$lower/usr/bin/busybox

$box mount -t tmpfs -o mode=755 tmpfs "$stage"
$box mkdir "$stage/upper" "$stage/work" "$stage/root"
root=$stage/root
$box mount -t overlay -o "lowerdir=$lower,upperdir=$stage/upper,workdir=$stage/work" overlay "$root"
(cd "$root" && $box mkdir -p dev proc sys tmp run root var/lib var/log var/tmp etc usr/local/bin mnt old)
$box chmod 1777 "$root/tmp" "$root/var/tmp"
$box mount -t proc proc "$root/proc"
$box mount --rbind /dev "$root/dev"
if [ -n "${NEW_NETWORK:-}" ]; then $box mount -t sysfs sysfs "$root/sys"; else $box mount --rbind /sys "$root/sys"; fi
# An overlay cannot lie over another one, so images, containers and volumes are kept in memory beside the root folder.
$box mkdir "$stage/lib"
$box mount --bind "$stage/lib" "$root/var/lib"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    $box mkdir -p "$root$1"
  else
    $box mkdir -p "$root$($box dirname "$1")"
    : >"$root$1"
  fi
  $box mount --bind "$1" "$root$1"
  shift
done
shift
cd "$root"
$box pivot_root . old
box=/usr/bin/busybox
$box umount -l /old
$box rmdir /old
$box --install -s /usr/local/bin
export PATH=/usr/sbin:/usr/bin:/usr/local/bin
echo root:x:0:0:root:/root:/bin/sh >/etc/passwd
echo root:x:0: >/etc/group
exec "$@"
