public import CRoost
internal import CShim
internal import RoostCore

@c @implementation
public func roost_dump(
  _ node: roost_node, _ format: UInt64, _ write: roost_write_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!
) -> Int32 {
  let code = unsafe answer("roost_dump", dropping: data, with: drop) { () throws(Failure) in
    guard let format = DumpFormat(rawValue: format) else {
      throw Failure(
        .invalid, nil, "format is none of ROOST_TEXT, ROOST_JSON and ROOST_GRAPHVIZ")
    }
    try unsafe Engine.dump(
      Handle(id: node.id), format,
      to: write ?? { text, length, _ in unsafe shim_write(text.unsafelyUnwrapped, Int(length)) },
      data)
    return .ok
  }
  if code >= 0 { unsafe drop?(data) }
  return code
}
