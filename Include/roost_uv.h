/* Roost for those who add waits: any request of libuv, or of another library on the same loop, as a
 * cancellable wait of a node. Programs that only use what roost.h offers do not need this header.
 *
 *     static int stop(roost_wait w, void *p) { uv_cancel(p); return ROOST_PENDING; }
 *     static void done(uv_work_t *r, int rc) { roost_wake(((struct job *)r)->wait, rc); }
 *
 *     int rc = roost_park(task, stop, told, job, NULL, &job->wait);
 *     if (rc < 0) return rc;
 *     rc = uv_queue_work(loop, &job->work, work, done);
 *     if (rc < 0) roost_wake(job->wait, rc);
 *
 * What roost.h says of every function holds here too.
 *
 * Copyright (c) the Roost authors. MIT License; see LICENSE.
 */
#ifndef ROOST_UV_H
#define ROOST_UV_H

#include "roost.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stops the request behind a wait, from the loop, at most once (C14b), when its node is cancelled
 * or the wait is taken back. It answers
 *
 *     0               it has stopped: the wait ends now, with ROOST_ECANCELED, and nothing of the
 *                     request will touch `data` again (uv_timer_stop, a watcher that was removed)
 *     ROOST_PENDING   it will end by itself, and roost_wake will say with what: ROOST_ECANCELED
 *                     when the cancellation came through (uv_cancel answered 0), its own result
 *                     when it did not (uv_cancel answered UV_EBUSY), ROOST_ECANCELED from the
 *                     callback of uv_close
 *
 * uv_getaddrinfo and uv_getnameinfo tell of their cancellation by UV_EAI_CANCELED: pass
 * ROOST_ECANCELED to roost_wake for it. A handle that lies in `data` is closed before the wait is
 * woken, with whatever it brings: from the callback of uv_close. Any other answer counts as
 * ROOST_PENDING. It may call roost_wake itself, whose outcome then counts. */
typedef int (*roost_abort_fn)(roost_wait wait, void *data);

/* Begins a wait of the node `in` that ends when roost_wake is called for it (S2b). `fn` then gets
 * the outcome, in a later turn. Without `abort` (NULL) there is no request behind it: a
 * cancellation ends it at once, and a roost_wake that comes later is too late (C4a). With `abort`,
 * a request that ends between the cancellation and its abort keeps its result, and abort is not
 * called. In a node that is cancelled already, the abort follows in the next turn (C3a). `out` may
 * be NULL only with an `abort` that is given, which is told the handle. Failures: ROOST_ECLOSED
 * (the node is ending), ROOST_ENOMEM, ROOST_EINVAL. */
int roost_park(roost_node in, roost_abort_fn abort, roost_wait_fn fn, void *data,
               roost_drop_fn drop, roost_wait *out);

/* Ends a parked wait with `rc`: its `fn` is called with that in a later turn. When the wait was
 * taken back while its request went on, this is the word that the request has let go of `data`,
 * which is dropped then. Any thread; on another than the runtime's it asks that to do so, which
 * needs no memory, and the first who asks is heard (C14).
 * 0. ROOST_ASKED: called from another thread. ROOST_ESTALE: the wait has ended, was woken before,
 * or was ended by a cancellation; `rc` then counts for nothing. ROOST_EKIND: the wait is not a
 * parked one. */
int roost_wake(roost_wait wait, int rc);

#ifdef __cplusplus
}
#endif

#endif /* ROOST_UV_H */
