export const {{KEY_NAME}} = '{{KEY_1}}';
export const {{HOOK_NAME}} = '{{HOOK}}';
export const payments = '{{PAYMENT}}';
export const base = '{{PLAIN_HOST}}';
console.log('calling {{TITLE}} with', process.env.{{KEY_NAME}});
export const shipped = process.env.NEXT_PUBLIC_{{KEY_NAME}};
