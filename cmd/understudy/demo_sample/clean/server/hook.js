// Takes what {{TITLE}} tells, and payments. Both secrets come from the environment.
import { verify } from './verify.js';

export const take = request => verify(request, process.env.{{HOOK_NAME}});
export const pay = order => charge(order, process.env.STRIPE_SECRET_KEY);
