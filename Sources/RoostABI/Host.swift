public import CRoost
internal import RoostCore

@c @implementation
public func roost_host_open(
  _ runtime: roost_runtime, _ options: UnsafePointer<roost_host_options>!
) -> Int32 { -22 }

@c @implementation
public func roost_host_turn(
  _ runtime: roost_runtime, _ asks: UnsafePointer<roost_ask>!, _ count: UInt64,
  _ told: UnsafeMutablePointer<UnsafePointer<roost_told>?>!
) -> Int64 { -22 }

@c @implementation
public func roost_host_submit(
  _ runtime: roost_runtime, _ asks: UnsafePointer<roost_ask>!, _ count: UInt64
) -> Int32 { -22 }

@c @implementation
public func roost_host_node(_ runtime: roost_runtime, _ key: UInt64) -> roost_node {
  roost_node(id: 0)
}

@c @implementation
public func roost_host_bind(_ runtime: roost_runtime, _ key: UInt64, _ node: roost_node) -> Int32 {
  -22
}

@c @implementation
public func roost_host_scope_close(
  _ scope: roost_scope, _ rc: Int32, _ result: UnsafeMutablePointer<roost_result>!
) -> Int32 { -22 }

@c @implementation
public func roost_host_abandon(_ block: roost_node) -> Int32 { -22 }

@c @implementation
public func roost_host_begin(_ task: roost_task, _ key: UnsafeMutableRawPointer!) -> Int32 { -22 }

@c @implementation
public func roost_host_wake(
  _ wait: roost_wait, _ rc: Int32, _ key: UnsafeMutableRawPointer!
) {}

@c @implementation
public func roost_host_clean(
  _ task: roost_task, _ why: UnsafePointer<roost_outcome>!, _ key: UnsafeMutableRawPointer!
) -> Int32 { -22 }

@c @implementation
public func roost_host_post(_ runtime: roost_runtime, _ key: UnsafeMutableRawPointer!) {}

@c @implementation
public func roost_host_drop(_ key: UnsafeMutableRawPointer!) {}
