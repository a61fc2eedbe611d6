// What the phone promises about what is kept, and how full it is.

const MEGABYTE = 1_000_000;
const ALMOST = 0.8;
const ROOM_FOR_MEDIA = 50 * MEGABYTE;
const OFTEN = 60_000;

const megabytes = (bytes) => (bytes < 10 * MEGABYTE ? Math.ceil(bytes / MEGABYTE * 10) / 10 : Math.round(bytes / MEGABYTE));

/** @returns {Promise<{usage: number, quota: number} | null>} null where the browser does not tell */
async function filled() {
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return quota ? { usage, quota } : null;
}

/** Browsers may clear what a page keeps, unless they promise not to. Asked for once something is kept.
 * @returns {Promise<boolean>} whether it was promised */
export async function promised() {
  const { storage } = navigator;
  const granted = (await storage?.persisted?.().catch(() => false)) || (await storage?.persist?.().catch(() => false));
  return Boolean(granted);
}

/** Asks for the promise, and warns before the phone is full.
 * @param {boolean} media whether photos or other files may come
 * @param {(key: string | null, values?: any) => void} warn with a text, or none any more */
export async function watch(media, warn) {
  let said = null;
  const look = async () => {
    const room = await filled();
    const tight = room && (room.usage > ALMOST * room.quota || (media && room.quota - room.usage < ROOM_FOR_MEDIA));
    const key = tight ? 'storage_tight' : null;
    if (key === said) return;
    said = key;
    warn(key, room && { used: megabytes(room.usage), quota: megabytes(room.quota) });
  };
  setInterval(look, OFTEN);
  await Promise.all([promised(), look()]);
}

/** Safari deletes what pages keep after seven days without a visit, unless they are on the home screen. */
function forgetsInAWeek() {
  const onHomeScreen = navigator.standalone || matchMedia('(display-mode: standalone)').matches;
  return !onHomeScreen && (navigator.standalone === false || /^Apple/.test(navigator.vendor ?? ''));
}

/** What there is to say about this browser. @param {import('./outbox.js').Outbox} outbox
 * @returns {Promise<{key: string, values?: any}[]>} texts, the most important first */
export async function told(outbox) {
  if (outbox.trouble === 'memory') return [{ key: 'memory_only' }, { key: 'storage_private' }];
  if (outbox.trouble === 'shut') return [{ key: 'trouble_shut' }];
  const [granted, room] = await Promise.all([navigator.storage?.persisted?.().catch(() => false), filled()]);
  return [
    { key: granted ? 'storage_promised' : 'storage_not_promised' },
    forgetsInAWeek() && { key: 'storage_week' },
    !isSecureContext && { key: 'storage_plain' },
    room && { key: 'storage_used', values: { used: megabytes(room.usage), quota: megabytes(room.quota) } },
  ].filter(Boolean);
}
