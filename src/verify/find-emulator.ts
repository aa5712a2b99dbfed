import { accessSync, constants } from 'node:fs';
import type { Site } from './site.ts';

const architectures: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loongarch64',
};
/** Of RHEL and its kin, off every PATH. */
const elsewhere = '/usr/libexec/qemu-kvm';

/** The emulator of this machine's own architecture; null when none is installed. */
export function findEmulator({ findTool }: Pick<Site, 'findTool'>): string | null {
  const own = architectures[process.arch];
  const found = own === undefined ? null : findTool(`qemu-system-${own}`);
  return found ?? findTool('qemu-kvm') ?? (isExecutable(elsewhere) ? elsewhere : null);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
