internal import CRoost
internal import CShim
internal import RoostCore

@c @implementation
public func roost_version() -> UnsafePointer<CChar>! { unsafe shim_version() }

@c @implementation
public func roost_strerror(_ code: Int32) -> UnsafePointer<CChar>! {
  unsafe shim_status_text(code) ?? Engine.libuvText(code) ?? shim_other_status_text(code)
}

@c @implementation
public func roost_last_error() -> UnsafePointer<CChar>! {
  guard let thread = unsafe shim_thread_if_any() else { return unsafe shim_empty() }
  return unsafe UnsafePointer(shim_sentence(thread))
}
