// Named values with defaults, which can change while the simulation runs.

/** Settings that refuse an unknown name and a value of another type than the default's. */
export class Settings {
  constructor(defaults, given = {}) {
    this.defaults = defaults;
    this.values = structuredClone(defaults);
    this.change(given);
  }

  /** Replaces the values that `patch` names, all or none. */
  change(patch) {
    for (const [name, value] of Object.entries(patch)) {
      if (!Object.hasOwn(this.defaults, name))
        throw new Error(`no setting ${name}; there are: ${Object.keys(this.defaults).join(', ')}`);
      if (kind(value) !== kind(this.defaults[name]))
        throw new Error(`${name} must be of type ${kind(this.defaults[name])}`);
    }
    Object.assign(this.values, structuredClone(patch));
    return this.values;
  }

  /** The part of the controls. */
  get control() {
    return { read: () => this.values, change: (patch) => this.change(patch) };
  }
}

function kind(value) {
  return Array.isArray(value) ? 'array' : typeof value;
}
