// All parts: identity providers, backend and worker, each in a process of its own, and the keys, which this
// process holds.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from '../testing/attacks/configuration.mjs';
import { until } from '../testing/eventually.mjs';
import { temporaryFolder } from '../testing/temporary-folder.mjs';
import { Line } from './clients.mjs';
import { Part } from './part.mjs';
import { Signing } from './signing.mjs';
import { validRequest } from './valid.mjs';

/** The time limit for a start, and for the worker to take up a set. */
export const PATIENCE_MS = 120_000;

export class Stage {
  /** The folder for what outlives the parts. */
  folder;
  /** The worker's settings for key sets. */
  keys;

  /**
   * `keys` are the worker's settings for key sets; `silentMillis` is the time limit for the backend that never
   * answers.
   */
  static async set({ keys, silentMillis }) {
    const stage = new Stage();
    stage.folder = temporaryFolder();
    stage.keys = keys;
    try {
      await stage.#start(silentMillis);
      return stage;
    } catch (error) {
      await stage.end();
      throw error;
    }
  }

  async #start(silentMillis) {
    this.backend = await Part.start('backend.mjs', { breaches: join(this.folder, 'breaches') });
    this.issuer = await Part.start('issuer.mjs');
    const urls = { ...this.issuer.state.urls, backend: `http://127.0.0.1:${this.backend.state.port}` };
    this.worker = await Part.start('worker.mjs', {
      persist: join(this.folder, 'kv'),
      urls,
      keys: this.keys,
      silentMillis,
    });
    this.port = this.worker.state.port;
    this.host = `127.0.0.1:${this.port}`;
    this.origin = `http://${this.host}`;
    this.signing = await Signing.create({ issuer: urls.mc, origin: this.origin });
    await this.publish();
    await this.#warmUp();
  }

  /** Lets the identity providers publish the keys as they are now, and again after each restart. */
  async publish() {
    this.issuer.state.sets = this.signing.sets;
    await this.issuer.call('publish', this.signing.sets);
  }

  /**
   * Waits until the worker has confirmed to every identity provider that it holds what is published, by a
   * request with its entity tag. Requests must be under way.
   */
  async taken() {
    const held = async () => Object.entries(await this.issuer.call('counts')).map(([, { notModified }]) => notModified);
    const before = await held();
    await until(
      async () => (await held()).every((count, index) => count > before[index]),
      'the worker does not take up what is published',
      PATIENCE_MS,
    );
  }

  /** What has reached the backend although it never should have. */
  get breaches() {
    const file = join(this.folder, 'breaches');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  }

  /** Ends all parts. */
  async end() {
    await Promise.all([this.worker, this.issuer, this.backend].map((part) => part?.end()));
  }

  /** Waits until the worker has the keys of every identity provider. */
  async #warmUp() {
    for (const kind of KINDS) {
      const line = new Line(this.port);
      await until(
        async () => {
          const request = validRequest({ host: this.host, credential: await this.signing.once(kind) });
          return (await request.perform(line)).verdict === 'right';
        },
        `no valid request of the kind ${kind} is served`,
        PATIENCE_MS,
      );
      line.close();
    }
  }
}
