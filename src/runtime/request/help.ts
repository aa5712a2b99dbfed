/** What `--help` says; an example stands first. */
export const helpText = `Example:
  qemu-launch run --name web -- qemu-system-x86_64 -m 1G -drive file=/srv/web.qcow2,format=qcow2

Starts QEMU as the user and group of qemu.conf, without any capability, gives
it the disks it writes and gives them back when it ends.

Usage:
  qemu-launch run  [OPTIONS] -- EMULATOR ARG…   launch, wait, restore; exit status is QEMU's
  qemu-launch exec [OPTIONS] -- EMULATOR ARG…   become QEMU in this process
  qemu-launch plan [OPTIONS] -- EMULATOR ARG…   what run would do; changes nothing
  qemu-launch prepare [OPTIONS] -- EMULATOR ARG…   check and claim for a service; qemu-exec starts it
  qemu-launch adopt NAME --pid PID              verify a service's QEMU, put its pid on record
  qemu-launch stop NAME [--timeout S]           power the guest down, then end its QEMU
  qemu-launch restore NAME | --all              give back; --all: what dead VMs left
  qemu-launch list                              VMs with claims or running

Options of run, exec, prepare and plan:
  --vm NAME             read /etc/virt-privileges/vms/NAME.args in place of -- EMULATOR ARG…
  --name NAME           the VM's name; default: the guest's name, else vm-PID
  --conf FILE           qemu.conf; default /etc/libvirt/qemu.conf
  --user U, --group G   over qemu.conf; a name, a number, or +NUMBER
  --claim PATH          give this file to QEMU, whatever the rules say
  --leave PATH          do not change this file's owner
  --read-only PATH      QEMU only reads this file
  --allow PATH[:rw]     let QEMU use a path that its arguments do not show
  --landlock auto|require|off   leave QEMU the files of its command line alone; default auto
  --landlock-tcp        and of TCP the ports of its command line
  --limit NAME=SOFT[:HARD]   a resource limit, such as nofile=4096; over qemu.conf
  --env NAME=VALUE      one more variable for QEMU
  --report FILE         write the verified state as JSON

Options of adopt and stop:
  --pid PID             the process that the service manager has started
  --timeout SECONDS     how long the guest may take to power down; default 60

Options of all commands:
  --state-dir DIR, --run-dir DIR   default /var/lib/virt-privileges, /run/virt-privileges
  --json                           for plan, list and restore
  --help, --version

Exit status: QEMU's own; 125 refused or failed before QEMU ran; 126 the
emulator cannot be executed; 127 it was not found; 2 usage.
plan: 0 run would go ahead, 3 it would refuse. adopt, stop, restore, list: 0 or 1.
`;
