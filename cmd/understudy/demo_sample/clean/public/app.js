// Runs in browsers: it asks our own server, which calls {{TITLE}} ({{HOST}}).
document.querySelector('#list').textContent = await (await fetch('/api/list')).text();
