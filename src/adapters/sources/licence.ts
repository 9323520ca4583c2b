/**
 * The licence that a model card names in its front matter: https://huggingface.co/docs/hub/model-cards. Null where it
 * names none. Of YAML only a plain line is understood, which is how the hub writes it.
 */
export function licenceOf(readme: string): string | null {
  const front = /^\uFEFF?---\r?\n([\s\S]{0,20000}?)\r?\n---/.exec(readme)?.[1] ?? '';
  const licence = valueOf(front, 'license');
  return licence === 'other' ? (valueOf(front, 'license_name') ?? licence) : licence;
}

function valueOf(front: string, key: string): string | null {
  const value = new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(front)?.[1]?.trim() ?? '';
  const plain = value.replace(/^(["'])(.*)\1$/, '$2').slice(0, 100);
  return plain === '' ? null : plain;
}
