// The form for any X-Forward-To, which is really sent through the gateway.
import { comparison } from './comparison.js';
import { byId, el, fill, formById } from './dom.js';

/** Starts the form. `show` sends a request. */
export function startAudience({ publicUrl, policies, methods }, show) {
  const { form, fields } = formById('audience-form');
  fill(fields.policy, policies);
  fill(fields.method, methods);
  const otherName = publicUrl.replace('127.0.0.1', 'localhost');
  /** @type {Record<string, [forwardTo: string, policy: string]>} */
  const examples = {
    'As it should be': [`${publicUrl}/orders`, policies[0]],
    'With a query': [`${publicUrl}/orders?limit=5`, policies[0]],
    'Through a tunnel: another name': [`${otherName}/orders`, policies[0]],
    'Policy: origin only': [`${publicUrl}/orders`, policies[1]],
    'The root': [`${publicUrl}/`, policies[0]],
  };
  const choose = ([forwardTo, policy]) => {
    fields.forwardTo.value = forwardTo;
    fields.policy.value = policy;
  };
  const send = async () => {
    const body = {
      forwardTo: fields.forwardTo.value,
      policy: fields.policy.value,
      method: fields.method.value,
      permissions: fields.permissions.checked,
    };
    const told = await show('gateway', body, { what: `${body.method} ${body.forwardTo}` });
    if (told) byId('comparison').replaceChildren(...outcome(told));
  };
  byId('audience-examples').replaceChildren(
    ...Object.entries(examples).map(([name, example]) =>
      el(
        'button',
        {
          type: 'button',
          onclick: () => {
            choose(example);
            send();
          },
        },
        name,
      ),
    ),
  );
  choose(examples['As it should be']);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
}

function outcome({ audience, found, answer: { problem } }) {
  const text =
    found.code === ''
      ? `${found.status}: let through.`
      : `${found.status} ${found.code}: ${problem?.detail ?? problem?.message ?? ''}`;
  return [
    el('p', { class: `outcome-line ${found.code === '' ? 'good' : 'bad'}` }, text),
    ...(audience ? [comparison(audience)] : []),
  ];
}
