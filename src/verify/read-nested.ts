import { orNull, readText } from './read-proc.ts';

/** Whether the kernel lets guests have guests: nested virtualisation, on by default since Linux 4.20. */
export function isNested(root = ''): boolean {
  return ['kvm_intel', 'kvm_amd'].some((module) => {
    const text = orNull(readText(`${root}/sys/module/${module}/parameters/nested`)) ?? '';
    return /^[Y1]/.test(text);
  });
}
