// swift-tools-version: 6.2
import PackageDescription

// Set by `make lib`, which builds the C library: Embedded Swift, nothing but the library's targets.
// Without it there are no unsafe flags, so that other packages can depend on this one.
let embedded = Context.environment["ROOST_EMBEDDED"] != nil

var swiftSettings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]
var cSettings: [CSetting] = []

// A checked build walks the tree between the steps of a program, and aborts where it is not what
// the engine says of it. For tests.
if Context.environment["ROOST_CHECKED"] != nil { swiftSettings.append(.define("ROOST_CHECKED")) }

if embedded {
  swiftSettings += [
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-enforce-exclusivity=unchecked"]),
    // Sections, so that the link drops what is not reached; DWARF 4, the last that valgrind reads.
    .unsafeFlags(["-Xfrontend", "-function-sections", "-g", "-dwarf-version=4"]),
  ]
  cSettings += [
    .unsafeFlags(["-ffunction-sections", "-fdata-sections", "-g", "-gdwarf-4"])
  ]
}

let library: [Target] = [
  .target(name: "CRoost", path: "Include", publicHeadersPath: ".", cSettings: cSettings),
  .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
  .target(name: "CShim", cSettings: cSettings),
  .target(
    name: "CStack", cSettings: cSettings, linkerSettings: [.linkedLibrary(":libboost_context.a")]),
  .target(
    name: "RoostCore", dependencies: ["CShim", "CStack", "CUV"], swiftSettings: swiftSettings),
  .target(
    name: "RoostABI", dependencies: ["RoostCore", "CRoost", "CShim", "CStack", "CUV"],
    swiftSettings: swiftSettings),
]

// The scenarios that have a Swift program: Examples/<name>/main.swift.
let examples = ["cleanup-on-cancel", "hello"]

let programs: [Target] =
  examples.map { name in
    .executableTarget(
      name: name, dependencies: ["RoostCore"], path: "Examples/\(name)",
      exclude: ["callbacks.c", "main.py", "expected.txt"], sources: ["main.swift"],
      swiftSettings: swiftSettings)
  } + [
    .testTarget(
      name: "CoreTests", dependencies: ["RoostCore", "CRoost", "CShim", "CStack", "CUV"],
      swiftSettings: swiftSettings)
  ]

let package = Package(
  name: "roost",
  products: embedded
    // Only gathers the objects for Tools/lib, whose link step makes the library.
    ? [.library(name: "roost-objects", type: .static, targets: ["RoostABI"])]
    : [.library(name: "RoostCore", targets: ["RoostCore"])],
  targets: embedded ? library : library + programs,
  cLanguageStandard: .c11
)
