// What every backend offers: the same handlers, each under one path.

/** The paths by handler, as Express, Hono and React Router write them. `page` answers everything below /public. */
export const HANDLERS = {
  root: '/',
  page: '/public/:name',
  orders: '/orders',
  status: '/orders/status',
  order: '/orders/:id',
  admin: '/admin',
  users: '/admin/users',
  data: '/api/data',
  report: '/reports/:name',
  login: '/login',
};

/** A plain path of each handler. */
export const PLAIN = {
  root: '/',
  page: '/public/a',
  orders: '/orders',
  status: '/orders/status',
  order: '/orders/7',
  admin: '/admin',
  users: '/admin/users',
  data: '/api/data',
  report: '/reports/x',
  login: '/login',
};
