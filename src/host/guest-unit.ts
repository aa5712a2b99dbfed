/** Where the unit may be that runs guests as services. */
export const GUEST_UNITS = ['/etc', '/usr/lib', '/lib'].map(
  (directory) => `${directory}/systemd/system/qemu-vm@.service`,
);

/** What this host says of all guests as services, beside what their unit says. */
export const GUEST_DROP_IN = '/etc/systemd/system/qemu-vm@.service.d/50-virt-privileges.conf';
