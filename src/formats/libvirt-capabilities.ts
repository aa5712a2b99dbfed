/** What libvirt's daemon says of itself, as far as it decides who QEMU runs as. */
export interface LibvirtCapabilities {
  /** The ids that guests get by default; null where the driver gives them none of their own. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
  /** Kinds of guests that it can start: `qemu`, `kvm`. */
  readonly domainTypes: readonly string[];
}

/** Reads the document of `virsh capabilities`: the label of the security model `dac` is `+UID:+GID`. */
export function parseLibvirtCapabilities(xml: string): LibvirtCapabilities {
  const models = [...xml.matchAll(/<secmodel>([\s\S]*?)<\/secmodel>/g)].map(
    ([, body = '']) => body,
  );
  const dac = models.find((body) => /<model>\s*dac\s*<\/model>/.test(body)) ?? '';
  const label = /<baselabel\s[^>]*>\s*\+?(\d+):\+?(\d+)\s*<\/baselabel>/.exec(dac);
  const types = [...xml.matchAll(/<domain type=['"](\w+)['"]/g)].map(([, type = '']) => type);
  return {
    identity: label === null ? null : { uid: Number(label[1]), gid: Number(label[2]) },
    domainTypes: [...new Set(types)],
  };
}
