import { existsSync } from 'node:fs';

/** The machine's kernel has KVM: a node made by hand is one. */
export const hasKvm = existsSync('/sys/class/misc/kvm');
