// What pages are made of. Everything that came from others goes in as text.

export const at = (id) => document.getElementById(id);

export function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

export function button(text, className, act) {
  const made = element('button', className, text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

export function notice(text) {
  at('notice').textContent = text;
}

export function show(view) {
  for (const id of ['login-view', 'cluster-view']) at(id).hidden = id !== view;
  at('leave').hidden = view === 'login-view';
}

/** Asks whether it is really to be done; true when it is. */
export function sure(title, text, verb) {
  const dialog = at('sure');
  at('sure-title').textContent = title;
  at('sure-text').textContent = text;
  at('yes').textContent = verb;
  dialog.returnValue = 'no';
  dialog.showModal();
  at('no').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

export function moment(iso) {
  const made = element('time', '', new Date(iso).toLocaleString('en-GB', { dateStyle: 'short', timeStyle: 'medium' }));
  made.dateTime = iso;
  return made;
}

export function duration(millis) {
  const minutes = Math.floor(millis / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(millis / 1000))} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
