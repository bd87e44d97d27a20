// swift-tools-version: 6.2
import PackageDescription

let checks: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]
/// libFuzzer has the main function.
let program = checks + [.unsafeFlags(["-parse-as-library"])]
let linker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

/// One program per entry point for bytes that come from outside. `Scripts/fuzz` builds and runs them; a package of its
/// own, because a plain `swift build` has no libFuzzer to link.
let package = Package(
    name: "Fuzz",
    dependencies: [
        .package(name: "cvqkd", path: ".."), .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(
            name: "StreamChecks",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
            ], swiftSettings: checks),
        // Time for tests, without what belongs to the testing library: the folder is theirs.
        .target(
            name: "VirtualTime",
            dependencies: [
                .product(name: "UnitEmulator", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
            ], exclude: ["VirtualTimeTrait.swift"], swiftSettings: checks),
        .executableTarget(
            name: "link-messages",
            dependencies: [
                "VirtualTime", .product(name: "LinkControl", package: "cvqkd"),
                .product(name: "LinkMonitors", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "UnitEmulator", package: "cvqkd"), .product(name: "UnitProtocol", package: "cvqkd"),
                .product(name: "UnitTransport", package: "cvqkd"),
            ], swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "frame-decoder",
            dependencies: ["StreamChecks", .product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "stream-session",
            dependencies: ["StreamChecks", .product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "cobs", dependencies: [.product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "messages", dependencies: [.product(name: "UnitProtocol", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "schema", dependencies: [.product(name: "UnitSchema", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "otdr-file", dependencies: [.product(name: "ExternalInstruments", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "power-meter", dependencies: [.product(name: "ExternalInstruments", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "recording-metadata", dependencies: [.product(name: "SignalRecordings", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "foreign-json", dependencies: [.product(name: "ForeignFiles", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "record-file", dependencies: [.product(name: "CalibrationRecords", package: "cvqkd")],
            swiftSettings: program, linkerSettings: linker),
        .executableTarget(
            name: "window-record",
            dependencies: [
                .product(name: "RawKey", package: "cvqkd"), .product(name: "RawKeyMessages", package: "cvqkd"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], swiftSettings: program, linkerSettings: linker),
    ]
)
