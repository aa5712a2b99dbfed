/** The name of the launcher's own QMP socket in the run directory of a VM. */
const socketName = 'qmp';

/** Where the launcher speaks with the QEMU of a VM: in the directory that no other VM can see. */
export function privateQmpPath(runDirectory: string, name: string): string {
  return `${runDirectory}/${name}/${socketName}`;
}

/** The arguments that make QEMU listen there, beside whatever monitors its own arguments give it. */
export function privateQmpWords(path: string): readonly string[] {
  const id = 'virt-privileges-qmp';
  return [
    '-chardev',
    `socket,id=${id},path=${path.replaceAll(',', ',,')},server=on,wait=off`,
    '-mon',
    `chardev=${id},mode=control`,
  ];
}
