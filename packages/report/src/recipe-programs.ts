/*
 * Programs whose names begin a command where no quotation marks set it off. Names that are words of
 * sentences as well (`dump`, `restore`, `ssh`) are not among them: of these a text must say more.
 */

/** Names, with their variants written as expressions. */
const NAMES = `
  dd cp mv rm cat tar make find ls sh mount(?:_\\w+)? umount mdconfig mkfs newfs(?:_\\w+)? fsck(?:_\\w+)? fsx
  stress stress2 stress-ng ifconfig kldload kldunload modload modunload sysctl ping6? fetch route nmap swapon
  swapoff swapctl gcc cc postmark bonnie(?:\\+\\+)? dbench sysbench fio iozone truss ktrace gdb swapinfo
  camcontrol nvmecontrol atactl scsictl usbconfig devctl gmirror gstripe graid gjournal gnop zpool zfs zdb
  hastctl ctladm iscsictl raidctl cgdconfig ipfw ipsecctl pfctl jail ngctl mkdir touch tail perl python3?
  pytest kyua tcpdump iperf3? xrandr vnconfig brconfig geli dhcpcd dhclient wpa_supplicant hostapd drvctl
  bhyvectl bhyveload vmctl xl virsh rsync scp service hammer2 vinum gvinum bioctl growfs tunefs quotaon
  hammer(?=\\s(?:prune|cleanup|reblock|rebalance|dedup|snap|mirror|pfs|undo|volume|recover))`;

/** The same as one expression. */
export const PROGRAM_NAMES = NAMES.trim().split(/\s+/).join('|');

/** The first letters of each name, as recipe-words.ts looks at them. */
export const PROGRAM_BEGINNINGS = NAMES.trim()
  .split(/\s+/)
  .map((name) => /^\w{1,3}/.exec(name)![0])
  .join(' ');
