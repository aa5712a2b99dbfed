import type { Finding } from '../../errors.ts';
import { KVM_NODE, type KvmSupport } from '../facts/read-device.ts';

/** Why there may be no node, and what to do about it. */
export function describeMissingNode(kvm: KvmSupport): Finding {
  const { reason, hint } = explain(kvm);
  const message = `there is no ${KVM_NODE}: ${reason}`;
  return { code: 'VP_WARN_DEVICE', severity: 'warning', message, hint };
}

const modules = { vmx: 'kvm_intel', svm: 'kvm_amd' } as const;

function explain({ module, cpu, isX86, isGuest }: KvmSupport): {
  readonly reason: string;
  readonly hint: string;
} {
  if (module !== null)
    return {
      reason: `the kernel has ${module}, and nobody has made the node`,
      hint: 'the kernel log says why; without devtmpfs: mknod -m 600 /dev/kvm c 10 232, then apply again',
    };
  if (cpu !== null)
    return {
      reason: `the module ${modules[cpu]} is not loaded`,
      hint: `modprobe ${modules[cpu]}; when that fails, the kernel log says whether the firmware has it off`,
    };
  if (!isX86) return { reason: 'the module kvm is not loaded', hint: 'modprobe kvm' };
  return isGuest
    ? {
        reason: 'this machine is a guest, and its processor shows no virtualisation',
        hint: 'let its host give it nested virtualisation (QEMU: -cpu host; the cloud: a size that has it)',
      }
    : {
        reason: 'the processor shows no virtualisation',
        hint: 'enable VT-x or AMD-V (SVM) in the firmware, then modprobe kvm_intel or kvm_amd',
      };
}
