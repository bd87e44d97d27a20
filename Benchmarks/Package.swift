// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "cvqkd", path: "..")],
    targets: [
        .target(
            name: "StreamSums",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "receive-path",
            dependencies: [
                "StreamSums",
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "pty-stream",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
                .product(name: "SerialTransport", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "emulator-speed",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
                .product(name: "UnitControl", package: "cvqkd"), .product(name: "UnitEmulator", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "usb-source",
            dependencies: [
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
                .product(name: "UnitEmulator", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "usb-reader",
            dependencies: [
                "StreamSums",
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
                .product(name: "USBTransport", package: "cvqkd"), .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "channel-latency",
            dependencies: [
                "StreamSums",
                .product(name: "UnitProtocol", package: "cvqkd"), .product(name: "UnitTransport", package: "cvqkd"),
                .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"),
            ], swiftSettings: settings),
        .target(name: "CBareSealing", linkerSettings: [.linkedLibrary("crypto")]),
        .executableTarget(
            name: "block-sealing",
            dependencies: [
                "CBareSealing",
                .product(name: "RawKey", package: "cvqkd"), .product(name: "UnitProtocol", package: "cvqkd"),
                .product(name: "UnitControl", package: "cvqkd"),
                .product(name: "QuadratureAnalysis", package: "cvqkd"),
            ], swiftSettings: settings),
    ],
    // Scripts with globals: strict concurrency has nothing to protect here.
    swiftLanguageModes: [.v5]
)
