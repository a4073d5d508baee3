@testable import RoostCore

/// An inbox for slabs that are tested alone, and which nobody opens.
nonisolated(unsafe) let anInbox = unsafe InboxPool.take().unsafelyUnwrapped
