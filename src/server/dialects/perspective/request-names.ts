// Names of members as protocol buffers take them in JSON: in camel case, or as the .proto has them; null is absent.

const camelCase: ReadonlyMap<string, string> = new Map(
  [
    ...['requestedAttributes', 'spanAnnotations', 'doNotStore', 'dropUnsupportedAttributes'],
    ...['clientToken', 'sessionId', 'communityId', 'attributeScores', 'summaryScore', 'spanScores'],
    ...['scoreType', 'scoreThreshold', 'articleAndParentComment', 'parentComment'],
  ].map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
);

/** The same value with every known member in camel case, and without those that are null. */
export function readProtoNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readProtoNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [camelCase.get(name) ?? name, readProtoNames(member)]),
  );
}
