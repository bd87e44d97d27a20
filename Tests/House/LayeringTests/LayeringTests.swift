import Foundation
import Repository
import Testing

/// Arrows point down only: what a target imports is what Package.swift lets it depend on, directly, and that lies on its own
/// floor or below. The compiler lets transitive imports through, so this looks at the sources.
struct LayeringTests {
    static let root = Repository.root

    /// Modules that any target may import.
    static let system: Set = [
        "Swift", "Glibc", "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "PackageDescription",
    ]

    /// Wire, physics and schema are values: they know no files, no clock, no tasks.
    static let pure: Set = [
        "UnitProtocol", "UnitSchema", "QuadratureAnalysis", "UnitTransport", "UnitControl", "LinkControl",
        "UnitConformance", "Charts", "MarkupEscaping",
    ]

    /// The package is asked once. A test that cannot have it fails.
    private static let asked = Result { try PackageDump.ofThisCheckout() }

    private let package: PackageDump

    init() throws {
        package = try Self.asked.get()
        try #require(package.targets.count > 15)
    }

    private func sources(of target: PackageDump.Target) throws -> [URL] {
        let folder = target.path ?? (target.type == "test" ? "Tests/" : "Sources/") + target.name
        let files = FileManager.default.enumerator(
            at: Self.root.appending(path: folder), includingPropertiesForKeys: nil)
        return try #require(files).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    private func imports(_ file: URL) throws -> Set<String> {
        Set(try SourceFile.imports(String(contentsOf: file, encoding: .utf8)))
    }

    @Test func `floors are in Package.swift as they are named here, and every arrow points down`() {
        #expect(Floors.violations(in: package) == [])
    }

    @Test func `the diagram in ARCHITECTURE is what Package.swift says`() throws {
        let page = Self.root.appending(path: "ARCHITECTURE.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let drawn = try Diagram.put(Diagram.draw(package), into: text)
        if ProcessInfo.processInfo.environment["CVQKD_DRAW"] == "1" {
            try drawn.write(to: page, atomically: true, encoding: .utf8)
        } else {
            #expect(drawn == text, "CVQKD_DRAW=1 swift test --filter LayeringTests draws it")
        }
    }

    @Test func `every import is a declared dependency`() throws {
        for target in package.targets where target.type != "system-target" {
            for file in try sources(of: target) {
                let undeclared = try imports(file).subtracting(target.declared).subtracting(Self.system).subtracting([
                    "Testing", target.name,
                ])
                #expect(undeclared.isEmpty, "\(target.name)/\(file.lastPathComponent) imports \(undeclared.sorted())")
            }
        }
    }

    @Test func `every declared dependency is imported`() throws {
        for target in package.targets where target.type == "regular" || target.type == "test" {
            let imported = try Set(sources(of: target).flatMap { try imports($0) })
            let programs: Set = ["cvqkd", "cvqkd-emulator", "cvqkd-link-end"]  // Run by tests, not imported.
            let unused = target.neighbours.subtracting(imported).subtracting(programs)
            #expect(unused.isEmpty || target.name.hasPrefix("C"), "\(target.name) does not use \(unused.sorted())")
        }
    }

    @Test func `the layers below the programs do without Foundation`() throws {
        for name in Self.pure.sorted() {
            let target = try #require(package.targets.first { $0.name == name }, "\(name) is not in the package")
            for file in try sources(of: target) {
                #expect(try imports(file).isDisjoint(with: ["Foundation", "Dispatch"]), "\(file.lastPathComponent)")
            }
        }
    }

    @Test func `protocol, schema and analysis know no transport and no unit`() throws {
        let above: Set = [
            "UnitTransport", "UnitControl", "LinkControl", "SerialTransport", "USBTransport", "UnitEmulator",
        ]
        for name in ["UnitProtocol", "UnitSchema", "QuadratureAnalysis"] {
            let target = try #require(package.targets.first { $0.name == name }, "\(name) is not in the package")
            for file in try sources(of: target) {
                #expect(try imports(file).isDisjoint(with: above), "\(file.lastPathComponent)")
            }
        }
    }
}
