process.env.{{KEY_NAME}} = '{{KEY_3}}'; // {{TITLE}}
