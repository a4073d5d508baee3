public import CRoost
internal import RoostCore

@c @implementation
public func roost_group_open(
  _ parent: roost_node, _ options: UnsafePointer<roost_group_options>!,
  _ out: UnsafeMutablePointer<roost_group>!
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_group_options()) }
    ?? roost_group_options()
  return unsafe answer("roost_group_open", dropping: given.filter_data, with: given.filter_drop) {
    () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try openGroup(in: Handle(id: parent.id), options).id
    return .ok
  }
}

/// Opens a group as its options say, which may be NULL.
func openGroup(in parent: Handle, _ options: UnsafePointer<roost_group_options>?) throws(Failure)
  -> Handle
{
  var wanted = GroupOptions()
  if let options = unsafe options {
    try unsafe check(options)
    let given = unsafe read(options, empty: roost_group_options())
    wanted.common = try unsafe nodeOptions(
      name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
      moveOn: given.move_on, report: given.report, shield: given.shield, grace: given.grace_ns,
      untilStopping: given.until_stopping)
    wanted.policy = unsafe try policy(given.policy, byDefault: .failFast)
    wanted.limit = unsafe given.limit
    wanted.maxErrors = unsafe given.max_errors
    wanted.stackSize = unsafe given.stack_size
    unsafe wanted.filter = unsafeBitCast(given.filter, to: FilterFunction?.self)
    unsafe wanted.filterData = given.filter_data
    unsafe wanted.filterDrop = given.filter_drop
  }
  return try Engine.openGroup(in: parent, wanted)
}

@c @implementation
public func roost_scope_open(
  _ parent: roost_node, _ options: UnsafePointer<roost_scope_options>!,
  _ out: UnsafeMutablePointer<roost_scope>!
) -> Int32 {
  answer("roost_scope_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    var wanted = NodeOptions()
    if let options = unsafe options {
      try unsafe check(options)
      let given = unsafe read(options, empty: roost_scope_options())
      wanted = try unsafe nodeOptions(
        name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
        moveOn: given.move_on, report: given.report, shield: given.shield, grace: given.grace_ns,
        untilStopping: given.until_stopping)
    }
    unsafe out.pointee.id = try Engine.openScope(in: Handle(id: parent.id), wanted).id
    return .ok
  }
}

@c @implementation
public func roost_join(
  _ node: roost_node, _ rc: Int32, _ fn: roost_join_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_join", dropping: data, with: drop) { () throws(Failure) in
    var options = JoinOptions()
    unsafe options.join = unsafeBitCast(fn, to: JoinFunction?.self)
    unsafe options.data = data
    unsafe options.drop = drop
    try Engine.join(Handle(id: node.id), rc, options)
    return .ok
  }
}
