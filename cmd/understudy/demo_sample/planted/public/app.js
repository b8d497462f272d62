document.title = '{{TITLE}}';
fetch('{{HOST}}', { headers: { '{{HEADER}}': '{{SCHEME}}{{KEY_2}}' } });
