// swift-tools-version: 6.2
import PackageDescription

let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
    // libFuzzer has the main function.
    .unsafeFlags(["-parse-as-library"]),
]

/// One program per entry point for bytes that come from outside. `Scripts/fuzz` builds and runs them; a package of its
/// own, because a plain `swift build` has no libFuzzer to link.
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "cvqkd", path: "..")],
    targets: [
        .executableTarget(
            name: "frame-decoder",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
            ], swiftSettings: common, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
        .executableTarget(
            name: "cobs", dependencies: [.product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: common, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
        .executableTarget(
            name: "messages", dependencies: [.product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: common, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
        .executableTarget(
            name: "schema", dependencies: [.product(name: "UnitSchema", package: "cvqkd")],
            swiftSettings: common, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
    ]
)
