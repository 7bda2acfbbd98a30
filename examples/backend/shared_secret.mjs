import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text) => createHash('sha256').update(text).digest();
const accepted = (process.env.ORIGIN_SECRETS ?? '').split(/\s+/).filter(Boolean).map(digest);

export const isFromWorker = (sent) => accepted.some((secret) => timingSafeEqual(digest(sent ?? ''), secret));
