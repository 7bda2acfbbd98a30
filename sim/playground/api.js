// The requests of the page to its server.

export const ask = (name) => call(name, {});
export const order = (name, body) =>
  call(name, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function call(name, options) {
  let answer;
  try {
    answer = await fetch(`/api/${name}`, options);
  } catch {
    throw new Error('The demo does not answer. Is it still running in its terminal?');
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message ?? `The demo answered ${answer.status}.`);
  return body;
}
