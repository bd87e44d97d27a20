// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours. Warnings are errors: a warning that is tolerated is a warning that nobody reads.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// The emulator's optics and the analysis work on tens of millions of samples; unoptimised they are fifty times
/// slower, and the tests, which are debug builds, would wait for physics instead of testing the driver.
let optimisedInDebug: [SwiftSetting] = common + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// Code that a compiler of schemas wrote is not ours to warn about.
let generated: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
]

let tests: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"), .treatAllWarnings(as: .error),
]
let testsOptimised: [SwiftSetting] = tests + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// The floors of the house, lowest first, and who lives on each: a target lies in `Sources/FLOOR/TARGET` and imports from
/// its own floor and from those below. `LayeringTests` compares.
let floors: [(name: String, targets: [String])] = [
    ("C", ["CUnitIO", "CLibUSB", "CLibUdev", "CLibKissFFT", "CLibCrypto"]),
    (
        "Values",
        [
            "UnitProtocol", "UnitSchema", "QuadratureAnalysis", "MarkupEscaping", "Charts", "DurableFiles",
            "ForeignFiles", "ReadableText", "SignalRecordings", "SignalAnalysis", "Digests", "RawKeyMessages",
        ]
    ),
    ("Transport", ["UnitTransport", "SerialTransport", "USBTransport", "UnitEmulator", "ExternalInstruments"]),
    ("Unit", ["UnitControl", "LocalUnits", "NodeDoctor", "TransportConformance", "UnitConformance"]),
    ("Link", ["LinkMonitors", "LinkControl"]),
    (
        "Operation",
        [
            "CalibrationRecords", "CalibrationReport", "AuditTrail", "Calibration", "LinkOperation", "UnitRecordings",
            "RawKey", "PeerIdentity",
        ]
    ),
    (
        "Service",
        [
            "NodeReports", "AgentClient", "DeliveryProtocol", "RawKeyDelivery", "RawKeyClient", "PeerChannel",
            "NodeAgent",
        ]
    ),
    ("Programs", ["ProgramStart", "schema-compiler", "cvqkd-emulator", "cvqkd", "cvqkd-agent"]),
]

/// Tests lie on the floor of what they test; those that go through the whole house are rigs.
let testFloors: [(name: String, targets: [String])] = [
    (
        "Values",
        [
            "UnitSchemaTests", "UnitProtocolTests", "DurableFilesTests", "ForeignFilesTests", "SignalRecordingsTests",
            "SignalAnalysisTests", "ReadableTextTests",
            "QuadratureAnalysisTests", "ChartsTests",
        ]
    ),
    (
        "Transport",
        [
            "UnitTransportTests", "SerialTransportTests", "USBTransportTests", "OpticsTests", "UnitEmulatorTests",
            "ExternalInstrumentsTests",
        ]
    ),
    (
        "Unit",
        [
            "UnitControlTests", "LocalUnitsTests", "NodeDoctorTests", "TransportConformanceTests",
            "UnitConformanceTests",
            "InteroperabilityTests", "AllocationTests",
        ]
    ),
    ("Link", ["LinkMonitorsTests", "LinkControlTests"]),
    (
        "Operation",
        [
            "CalibrationRecordsTests", "CommissioningTests", "CalibrationTests", "LinkOperationTests",
            "UnitRecordingsTests", "RawKeyTests", "PeerIdentityTests",
        ]
    ),
    ("Service", ["NodeReportsTests", "RawKeyDeliveryTests", "PeerChannelTests", "NodeAgentTests"]),
    ("Programs", ["CommandTests"]),
    ("House", ["LayeringTests"]),
    ("Rigs", ["cvqkd-vm-smoke", "cvqkd-endurance", "cvqkd-fault-matrix", "cvqkd-link-end", "TwoNodeTests"]),
    (
        "Support",
        [
            "Repository", "LinkSocket", "RecordedLinks", "CAllocationCounter", "CFaultMatrix", "CProcessResources",
            "PowerMeterProcess", "ProcessResources", "PythonScripts", "UnitRelays",
            "VirtualTime",
        ]
    ),
]

/// Folders that are not named after the target in them.
let folders = [
    "cvqkd-vm-smoke": "VMSmoke", "cvqkd-endurance": "Endurance", "cvqkd-fault-matrix": "FaultMatrix",
    "cvqkd-link-end": "LinkEndProgram",
]

let package = Package(
    name: "cvqkd",
    products: [
        .executable(name: "cvqkd", targets: ["cvqkd"]),
        .executable(name: "cvqkd-agent", targets: ["cvqkd-agent"]),
        .executable(name: "cvqkd-emulator", targets: ["cvqkd-emulator"]),
        .executable(name: "schema-compiler", targets: ["schema-compiler"]),
        .library(name: "UnitProtocol", targets: ["UnitProtocol"]),
        .library(name: "UnitSchema", targets: ["UnitSchema"]),
        .library(name: "QuadratureAnalysis", targets: ["QuadratureAnalysis"]),
        .library(name: "Charts", targets: ["Charts"]),
        .library(name: "ForeignFiles", targets: ["ForeignFiles"]),
        .library(name: "SignalRecordings", targets: ["SignalRecordings"]),
        .library(name: "SignalAnalysis", targets: ["SignalAnalysis"]),
        .library(name: "LinkMonitors", targets: ["LinkMonitors"]),
        .library(name: "UnitTransport", targets: ["UnitTransport"]),
        .library(name: "SerialTransport", targets: ["SerialTransport"]),
        .library(name: "USBTransport", targets: ["USBTransport"]),
        .library(name: "NodeDoctor", targets: ["NodeDoctor"]),
        .library(name: "UnitControl", targets: ["UnitControl"]),
        .library(name: "LocalUnits", targets: ["LocalUnits"]),
        .library(name: "LinkControl", targets: ["LinkControl"]),
        .library(name: "UnitConformance", targets: ["UnitConformance"]),
        .library(name: "UnitEmulator", targets: ["UnitEmulator"]),
        .library(name: "CalibrationRecords", targets: ["CalibrationRecords"]),
        .library(name: "Calibration", targets: ["Calibration"]),
        .library(name: "LinkOperation", targets: ["LinkOperation"]),
        .library(name: "UnitRecordings", targets: ["UnitRecordings"]),
        .library(name: "RawKey", targets: ["RawKey"]),
        .library(name: "RawKeyMessages", targets: ["RawKeyMessages"]),
        .library(name: "RawKeyClient", targets: ["RawKeyClient"]),
        .library(name: "CalibrationReport", targets: ["CalibrationReport"]),
        .library(name: "TransportConformance", targets: ["TransportConformance"]),
        .library(name: "Digests", targets: ["Digests"]),
        .library(name: "ExternalInstruments", targets: ["ExternalInstruments"]),
        .library(name: "NodeReports", targets: ["NodeReports"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C without policy.
        .target(name: "CUnitIO", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        .systemLibrary(name: "CLibUSB", pkgConfig: "libusb-1.0", providers: [.apt(["libusb-1.0-0-dev"])]),
        .systemLibrary(name: "CLibUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        .systemLibrary(name: "CLibKissFFT", providers: [.apt(["libkissfft-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // What is said about raw key, as protobuf: generated.
        .target(
            name: "RawKeyMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")], swiftSettings: generated),

        // Bytes and physics: no I/O, no clock.
        .target(name: "UnitProtocol", dependencies: ["CUnitIO"], swiftSettings: optimisedInDebug),
        .target(name: "UnitSchema", dependencies: [], swiftSettings: common),
        .target(name: "QuadratureAnalysis", dependencies: ["CUnitIO", "CLibKissFFT"], swiftSettings: optimisedInDebug),

        // SHA-256 of bytes in place.
        .target(name: "Digests", dependencies: ["CLibCrypto"], swiftSettings: common),

        // Text that goes into pages, charts and results in XML.
        .target(name: "ReadableText", dependencies: [], swiftSettings: common),
        .target(name: "MarkupEscaping", dependencies: ["ReadableText"], swiftSettings: common),
        // Charts for pages and terminals: text from numbers.
        .target(name: "Charts", dependencies: ["MarkupEscaping"], swiftSettings: common),
        // Attacks, faults and the drift of shot noise: values in, verdicts out.
        .target(name: "LinkMonitors", dependencies: ["QuadratureAnalysis"], swiftSettings: optimisedInDebug),

        // The transport protocol and what implements it.
        .target(name: "UnitTransport", dependencies: ["UnitProtocol", "CUnitIO"], swiftSettings: common),
        .target(
            name: "SerialTransport", dependencies: ["UnitTransport", "UnitProtocol", "CUnitIO"], swiftSettings: common),
        .target(
            name: "USBTransport", dependencies: ["UnitTransport", "UnitProtocol", "CLibUSB"],
            swiftSettings: common),
        .target(
            name: "UnitEmulator", dependencies: ["UnitTransport", "UnitProtocol", "CUnitIO"],
            swiftSettings: optimisedInDebug),

        // What a machine needs for units. The rules files are links to udev-rules/: one text, installed and compared.
        .target(
            name: "NodeDoctor", dependencies: ["USBTransport", "UnitTransport", "CUnitIO"],
            resources: [
                .embedInCode("Rules/cvqkd-instruments.rules"), .embedInCode("Rules/cvqkd.rules"),
                .embedInCode("Rules/cvqkd-uaccess.rules"),
            ],
            swiftSettings: common),

        // A unit, a pair.
        .target(
            name: "UnitControl", dependencies: ["UnitTransport", "UnitProtocol", "UnitSchema", "QuadratureAnalysis"],
            swiftSettings: common),
        .target(
            name: "LinkControl",
            dependencies: [
                "LinkMonitors", "UnitControl", "UnitTransport", "UnitProtocol", "QuadratureAnalysis", "Digests",
            ],
            swiftSettings: common),

        // Files that are there whole or not at all.
        .target(name: "DurableFiles", dependencies: ["ForeignFiles", "CUnitIO"], swiftSettings: common),

        // Files of others: opened without waiting, within limits; JSON of theirs, with the place of what is wrong.
        .target(name: "ForeignFiles", dependencies: [], swiftSettings: common),

        // What calibrations found, for years: values, signatures, the store.
        .target(
            name: "CalibrationRecords",
            dependencies: ["CLibCrypto", "DurableFiles", "ForeignFiles", "UnitProtocol", "UnitTransport"],
            swiftSettings: common),

        // A record as a page for the screen and for paper.
        .target(
            name: "CalibrationReport",
            dependencies: ["CalibrationRecords", "Charts", "MarkupEscaping", "ReadableText"],
            swiftSettings: common),

        // Samples in files, as SigMF has them.
        .target(
            name: "SignalRecordings", dependencies: ["CLibCrypto", "DurableFiles", "ForeignFiles"],
            swiftSettings: common),
        // What recordings say about a receiver and a channel, and what key a link would give. It sums millions of samples.
        .target(
            name: "SignalAnalysis", dependencies: ["QuadratureAnalysis", "ReadableText", "SignalRecordings"],
            swiftSettings: optimisedInDebug),
        // Procedures that fill such records.
        .target(
            name: "Calibration",
            dependencies: [
                "CalibrationRecords", "ExternalInstruments", "LinkControl", "LinkMonitors", "UnitControl",
                "UnitProtocol",
                "UnitTransport", "QuadratureAnalysis", "ReadableText",
            ],
            swiftSettings: common),

        // Sessions of a link as a program runs them: permission, monitors, recovery, and the note that others find.
        // Raw key: assembled into blocks in locked memory, sealed in place, released on evidence.
        .target(
            name: "RawKey",
            dependencies: [
                "CalibrationRecords", "CLibCrypto", "CUnitIO", "Digests", "DurableFiles", "ForeignFiles", "LinkControl",
                "QuadratureAnalysis",
                "RawKeyMessages", "UnitControl", "UnitProtocol", "UnitTransport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: optimisedInDebug),
        .target(
            name: "LinkOperation",
            dependencies: [
                "Calibration", "CalibrationRecords", "CUnitIO", "DurableFiles", "ForeignFiles", "LinkControl",
                "LinkMonitors", "LocalUnits", "QuadratureAnalysis", "UnitControl", "UnitProtocol", "UnitTransport",
            ],
            swiftSettings: common),

        // Samples of units in files, taken while they come.
        .target(
            name: "UnitRecordings",
            dependencies: [
                "CalibrationRecords", "LinkControl", "LinkOperation", "QuadratureAnalysis", "SignalAnalysis",
                "SignalRecordings", "UnitControl", "UnitProtocol", "UnitTransport",
            ],
            swiftSettings: common),

        // Instruments beside the units: optical power meters, the files of OTDRs.
        .target(
            name: "ExternalInstruments", dependencies: ["UnitTransport", "ForeignFiles", "CUnitIO"],
            swiftSettings: common),

        // Units that are plugged into this machine, by whatever transport.
        .target(
            name: "LocalUnits",
            dependencies: [
                "UnitControl", "UnitTransport", "UnitProtocol", "USBTransport", "SerialTransport", "ForeignFiles",
                "CUnitIO", "CLibUdev",
            ],
            swiftSettings: common),

        // The rules of a transport, for whoever writes one.
        .target(
            name: "TransportConformance", dependencies: ["UnitControl", "UnitTransport", "UnitProtocol"],
            swiftSettings: common),

        // The rules of a unit, for whoever makes one.
        .target(
            name: "UnitConformance",
            dependencies: ["UnitTransport", "UnitProtocol", "UnitSchema", "QuadratureAnalysis", "MarkupEscaping"],
            swiftSettings: common),

        // Who did what on a node: signed, chained, on the disk before it is answered.
        .target(
            name: "AuditTrail",
            dependencies: ["CalibrationRecords", "Digests", "DurableFiles", "ForeignFiles", "UnitTransport"],
            swiftSettings: common),

        // Results as JSON, for whoever reads them: programs, scripts, an agent.
        .target(
            name: "NodeReports",
            dependencies: [
                "Calibration", "CalibrationRecords", "ExternalInstruments", "LinkControl", "LinkMonitors",
                "LinkOperation", "LocalUnits", "NodeDoctor", "PeerIdentity", "QuadratureAnalysis", "RawKey",
                "RawKeyMessages", "ReadableText",
                "SignalAnalysis", "SignalRecordings", "UnitControl", "UnitProtocol", "UnitRecordings", "UnitSchema",
                "UnitTransport",
            ],
            swiftSettings: common),

        // Asks a running agent, over its control socket.
        .target(name: "AgentClient", dependencies: ["NodeReports"], swiftSettings: common),

        // What a consumer of raw key and its agent say to each other: generated.
        .target(
            name: "DeliveryProtocol",
            dependencies: ["RawKeyMessages"] + grpc, swiftSettings: generated),
        // Blocks and keys to consumers on this node.
        .target(
            name: "RawKeyDelivery",
            dependencies: [
                "DeliveryProtocol", "ForeignFiles", "RawKey", "RawKeyMessages", "UnitTransport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ] + grpc, swiftSettings: common),
        // For programs in Swift that take blocks and keys. Shares nothing with the agent but messages.
        .target(
            name: "RawKeyClient",
            dependencies: [
                "CLibCrypto", "DeliveryProtocol", "RawKeyMessages", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ] + grpc, swiftSettings: common),
        // What a side of the peer channel is known by: certificates, pins, the node's key. Without a network.
        .target(
            name: "PeerIdentity",
            dependencies: [
                "CalibrationRecords", "DurableFiles", "ForeignFiles",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: common),
        // Messages of a link between two agents.
        .target(
            name: "PeerChannel",
            dependencies: [
                "DurableFiles", "ForeignFiles", "LinkControl", "PeerIdentity", "UnitControl", "UnitTransport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ] + grpc, swiftSettings: common),
        // The agent, but for its command line.
        .target(
            name: "NodeAgent",
            dependencies: [
                "AuditTrail", "Calibration", "CalibrationRecords", "DurableFiles", "ForeignFiles",
                "LinkControl", "LinkMonitors", "LinkOperation", "LocalUnits", "NodeReports", "PeerChannel",
                "PeerIdentity", "QuadratureAnalysis", "RawKey",
                "RawKeyDelivery", "RawKeyMessages", "ReadableText", "UnitControl", "UnitProtocol", "UnitTransport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: common),

        // What every program does before anything else, and how its results get out.
        .target(
            name: "ProgramStart",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: common),
        // Composition only.
        .executableTarget(
            name: "schema-compiler",
            dependencies: [
                "ProgramStart", "ForeignFiles", "UnitSchema",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "cvqkd-emulator",
            dependencies: [
                "ProgramStart", "UnitEmulator", "UnitTransport", "UnitProtocol",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "cvqkd-agent",
            dependencies: [
                "LinkOperation", "NodeAgent", "ProgramStart", "ReadableText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "cvqkd",
            dependencies: [
                "AgentClient", "AuditTrail", "LinkMonitors", "LinkOperation",
                "LinkControl", "UnitConformance", "UnitControl", "UnitTransport", "UnitProtocol", "UnitSchema",
                "QuadratureAnalysis", "LocalUnits", "NodeDoctor",
                "Charts",
                "Calibration",
                "CalibrationRecords",
                "CalibrationReport",
                "DurableFiles", "ForeignFiles", "ProgramStart", "ReadableText",
                "ExternalInstruments",
                "SignalRecordings",
                "SignalAnalysis",
                "UnitRecordings",
                "NodeReports",
                "PeerIdentity", "RawKey",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),

        // Tier 3: runs inside vm/run, against the real kernel.
        .executableTarget(
            name: "cvqkd-vm-smoke",
            dependencies: [
                "TransportConformance", "LinkControl", "UnitControl", "UnitEmulator", "UnitTransport", "UnitProtocol",
                "USBTransport", "SerialTransport", "LocalUnits", "CUnitIO",
            ], swiftSettings: tests),

        // Runs for hours if it is let, and must hold no more at the end than at the beginning.
        .executableTarget(
            name: "cvqkd-endurance",
            dependencies: [
                "ProcessResources", "LocalUnits", "UnitControl", "UnitEmulator", "UnitTransport", "UnitProtocol",
            ], swiftSettings: tests),
        .target(
            name: "ProcessResources", dependencies: ["CProcessResources"],
            swiftSettings: common),
        .target(name: "CProcessResources"),

        .executableTarget(
            name: "cvqkd-fault-matrix",
            dependencies: [
                "CFaultMatrix", "ProcessResources", "LocalUnits", "UnitControl", "UnitEmulator", "UnitTransport",
                "UnitProtocol",
            ], swiftSettings: tests),
        .target(name: "CFaultMatrix"),
        .target(name: "Repository", swiftSettings: common),
        // Scripts in the tests' own Python, and a power meter that is one.
        .target(name: "PythonScripts", dependencies: ["Repository"], swiftSettings: common),
        .target(name: "PowerMeterProcess", dependencies: ["Repository"], swiftSettings: common),
        // Millions of normal numbers for tests of what reads recordings.
        .target(name: "RecordedLinks", swiftSettings: optimisedInDebug),

        // Two ends of a link in two processes.
        .target(name: "LinkSocket", dependencies: ["LinkControl", "UnitTransport"], swiftSettings: common),
        .executableTarget(
            name: "cvqkd-link-end",
            dependencies: [
                "LinkSocket", "LinkControl", "LinkMonitors", "QuadratureAnalysis", "SerialTransport", "UnitControl",
                "UnitProtocol",
            ], swiftSettings: tests),
        .testTarget(
            name: "TwoNodeTests",
            dependencies: [
                "cvqkd-link-end", "LinkControl", "QuadratureAnalysis", "SerialTransport", "UnitControl",
                "UnitEmulator", "UnitProtocol", "UnitTransport",
            ], swiftSettings: tests),
        // Time for tests: units and whoever waits for them share one that jumps.
        .target(name: "VirtualTime", dependencies: ["UnitEmulator", "UnitTransport"], swiftSettings: common),
        // Units that ignore requests or say what no unit should.
        .target(name: "UnitRelays", dependencies: ["UnitProtocol", "UnitTransport"], swiftSettings: common),

        // Tier 1: values and bytes. Tier 2: pseudo-terminals and whole programs.
        .testTarget(name: "LayeringTests", dependencies: ["Repository"], swiftSettings: tests),
        .target(name: "CAllocationCounter"),
        .testTarget(
            name: "AllocationTests",
            dependencies: ["CAllocationCounter", "UnitControl", "UnitTransport", "UnitProtocol", "QuadratureAnalysis"],
            swiftSettings: tests),
        .testTarget(
            name: "CalibrationRecordsTests",
            dependencies: ["CalibrationRecords", "CalibrationReport", "DurableFiles", "ForeignFiles", "UnitTransport"],
            swiftSettings: tests),
        .testTarget(name: "UnitSchemaTests", dependencies: ["Repository", "UnitSchema"], swiftSettings: tests),
        .testTarget(
            name: "UnitProtocolTests", dependencies: ["Repository", "UnitProtocol", "CUnitIO"], swiftSettings: tests),
        .testTarget(name: "DurableFilesTests", dependencies: ["DurableFiles", "ForeignFiles"], swiftSettings: tests),
        .testTarget(
            name: "ReadableTextTests", dependencies: ["MarkupEscaping", "ReadableText"], swiftSettings: tests),
        .testTarget(name: "ForeignFilesTests", dependencies: ["ForeignFiles"], swiftSettings: tests),
        .testTarget(
            name: "SignalRecordingsTests", dependencies: ["PythonScripts", "SignalRecordings"], swiftSettings: tests),
        .testTarget(
            name: "SignalAnalysisTests",
            dependencies: [
                "ReadableText", "RecordedLinks", "SignalAnalysis", "SignalRecordings", "QuadratureAnalysis",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "NodeReportsTests",
            dependencies: [
                "Calibration", "CalibrationRecords", "ExternalInstruments", "LinkMonitors", "LinkOperation",
                "LocalUnits", "NodeDoctor", "NodeReports", "QuadratureAnalysis", "RecordedLinks", "SignalAnalysis",
                "UnitControl", "UnitEmulator", "UnitProtocol", "UnitSchema", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "QuadratureAnalysisTests",
            dependencies: ["PythonScripts", "Repository", "QuadratureAnalysis", "CLibKissFFT", "CUnitIO"],
            swiftSettings: tests),
        .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: tests),
        .testTarget(
            name: "OpticsTests", dependencies: ["UnitEmulator", "QuadratureAnalysis"], swiftSettings: testsOptimised),
        .testTarget(
            name: "LinkMonitorsTests", dependencies: ["LinkMonitors", "UnitEmulator", "QuadratureAnalysis"],
            swiftSettings: testsOptimised),
        .testTarget(name: "UnitTransportTests", dependencies: ["UnitTransport", "VirtualTime"], swiftSettings: tests),
        .testTarget(
            name: "NodeDoctorTests", dependencies: ["Repository", "NodeDoctor", "USBTransport", "UnitTransport"],
            swiftSettings: tests
        ),
        .testTarget(
            name: "SerialTransportTests",
            dependencies: [
                "SerialTransport", "UnitControl", "UnitEmulator", "UnitTransport", "UnitProtocol", "CUnitIO",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "CommissioningTests",
            dependencies: [
                "Repository", "Calibration", "CalibrationRecords", "LinkControl", "UnitControl", "UnitEmulator",
                "UnitProtocol", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "ExternalInstrumentsTests",
            dependencies: ["PowerMeterProcess", "PythonScripts", "ExternalInstruments"], swiftSettings: tests),
        .testTarget(name: "USBTransportTests", dependencies: ["USBTransport"], swiftSettings: tests),
        .testTarget(
            name: "UnitControlTests",
            dependencies: [
                "QuadratureAnalysis", "UnitControl", "UnitTransport", "UnitProtocol", "UnitEmulator", "UnitRelays",
                "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "LocalUnitsTests",
            dependencies: [
                "ForeignFiles", "LocalUnits", "UnitControl", "UnitEmulator", "UnitTransport", "UnitProtocol",
                "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "TransportConformanceTests",
            dependencies: [
                "TransportConformance", "SerialTransport", "UnitEmulator", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "UnitConformanceTests",
            dependencies: [
                "UnitConformance", "UnitEmulator", "UnitProtocol", "UnitRelays", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "LinkControlTests",
            dependencies: [
                "CAllocationCounter", "LinkSocket", "Digests", "LinkControl", "LinkMonitors", "UnitControl",
                "Repository", "UnitEmulator",
                "UnitProtocol", "UnitTransport", "QuadratureAnalysis", "SerialTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "CalibrationTests",
            dependencies: [
                "Calibration", "CalibrationRecords", "LinkControl", "LinkMonitors", "QuadratureAnalysis", "UnitControl",
                "UnitEmulator",
                "UnitProtocol", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "RawKeyTests",
            dependencies: [
                "CalibrationRecords", "LinkControl", "PythonScripts", "QuadratureAnalysis", "RawKey", "RawKeyMessages",
                "Repository",
                "UnitControl", "UnitProtocol", "UnitTransport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: tests),
        .testTarget(
            name: "RawKeyDeliveryTests",
            dependencies: [
                "DeliveryProtocol", "PythonScripts", "RawKey", "RawKeyClient", "RawKeyDelivery", "RawKeyMessages",
                "Repository", "UnitTransport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            ] + grpc,
            exclude: ["hpke-vectors.json"], swiftSettings: tests),
        .testTarget(
            name: "PeerIdentityTests", dependencies: ["CalibrationRecords", "PeerIdentity"], swiftSettings: tests),
        .testTarget(
            name: "PeerChannelTests",
            dependencies: [
                "LinkControl", "PeerChannel", "PeerIdentity", "UnitControl", "UnitEmulator", "UnitProtocol",
                "UnitTransport",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "NodeAgentTests",
            dependencies: [
                "AgentClient", "AuditTrail", "CalibrationRecords", "LinkOperation", "NodeAgent", "NodeReports",
                "Repository", "UnitTransport",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "LinkOperationTests",
            dependencies: [
                "LinkOperation", "LinkControl", "LinkMonitors", "Calibration", "CalibrationRecords", "UnitControl",
                "UnitEmulator",
                "QuadratureAnalysis", "UnitProtocol", "UnitRelays",
                "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "UnitRecordingsTests",
            dependencies: [
                "LinkControl", "LinkOperation", "SignalRecordings", "UnitControl", "UnitEmulator",
                "UnitProtocol", "UnitRecordings", "UnitRelays", "UnitTransport", "VirtualTime",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "InteroperabilityTests",
            dependencies: ["Repository", "SerialTransport", "UnitConformance", "UnitControl", "UnitProtocol"],
            swiftSettings: tests),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "PowerMeterProcess", "PythonScripts", "ReadableText", "Repository", "RecordedLinks",
                "Calibration", "CalibrationRecords", "LocalUnits", "LinkControl", "LinkOperation", "NodeReports",
                "SignalAnalysis",
                "SignalRecordings", "QuadratureAnalysis",
                "UnitControl",
                "UnitProtocol",
                "UnitEmulator", "UnitRelays", "UnitTransport", "VirtualTime", "cvqkd", "cvqkd-agent", "cvqkd-emulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: tests),
        .testTarget(
            name: "UnitEmulatorTests",
            dependencies: ["UnitEmulator", "UnitProtocol", "UnitTransport", "CUnitIO"],
            swiftSettings: tests),
    ]
)

for (base, floors) in [("Sources", floors), ("Tests", testFloors)] {
    for floor in floors {
        for target in package.targets where floor.targets.contains(target.name) {
            target.path = "\(base)/\(floor.name)/\(folders[target.name] ?? target.name)"
        }
    }
}

// Sanitizer builds look at what owns memory and threads: with CVQKD_ONLY="TARGET TARGET" the package is these targets and
// what they rest on, and the build compiles nothing else.
if let names = Context.environment["CVQKD_ONLY"], !names.isEmpty {
    var waiting = names.split(separator: " ").map(String.init)
    var kept: Set<String> = []
    var products: Set<String> = []
    while let name = waiting.popLast() {
        guard kept.insert(name).inserted else { continue }
        guard let target = package.targets.first(where: { $0.name == name }) else {
            fatalError("CVQKD_ONLY names \(name), which is no target")
        }
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): waiting.append(name)
            case .productItem(let name, _, _, _): products.insert(name)
            @unknown default: fatalError("a dependency of a new kind in \(name)")
            }
        }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { !kept.contains($0.name) }
    if products.isEmpty { package.dependencies = [] }
}
