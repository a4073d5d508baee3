public import CRoost
public import CUV
internal import RoostCore

@c @implementation
public func roost_await(_ wait: roost_wait) -> Int32 { -22 }
@c @implementation
public func roost_await_getaddrinfo(_ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!, _ hints: UnsafePointer<addrinfo>!, _ list: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>!) -> Int32 { -22 }
@c @implementation
public func roost_blocking(_ call: roost_call_fn!, _ data: UnsafeMutableRawPointer!) -> Int32 { -22 }
@c @implementation
public func roost_fs_await(_ req: UnsafeMutablePointer<uv_fs_s>!, _ rc: Int32) -> Int32 { -22 }
@c @implementation
public func roost_fs_begun(_ req: UnsafeMutablePointer<uv_fs_s>!, _ rc: Int32) -> Int32 { -22 }
@c @implementation
public func roost_fs_prepare(_ req: UnsafeMutablePointer<uv_fs_s>!) -> Int32 { -22 }
@c @implementation
public func roost_fs_wait(_ req: UnsafeMutablePointer<uv_fs_s>!, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!) -> Int32 { -22 }
@c @implementation
public func roost_getaddrinfo(_ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!, _ hints: UnsafePointer<addrinfo>!, _ list: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>!, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!) -> Int32 { -22 }
@c @implementation
public func roost_on_call(_ call: roost_call_fn!, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!) -> Int32 { -22 }
@c @implementation
public func roost_park_here(_ abort: roost_abort_fn!, _ data: UnsafeMutableRawPointer!, _ out: UnsafeMutablePointer<roost_wait>!) -> Int32 { -22 }
@c @implementation
public func roost_fs_done(_ req: UnsafeMutablePointer<uv_fs_s>!) {  }
