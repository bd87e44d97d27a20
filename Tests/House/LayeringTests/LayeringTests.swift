import Foundation
import Repository
import Testing

/// Arrows point down only: what a target imports is what Package.swift lets it depend on, directly. The compiler lets
/// transitive imports through, so this looks at the sources.
struct LayeringTests {
    static let root = Repository.root

    /// Modules that any target may import.
    static let system: Set = [
        "Swift", "Glibc", "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "PackageDescription",
    ]

    /// Wire, physics and schema are values: they know no files, no clock, no tasks.
    static let pure: Set = [
        "UnitProtocol", "UnitSchema", "QuadratureAnalysis", "UnitTransport", "UnitControl", "LinkControl",
        "UnitConformance", "Charts", "Markup",
    ]

    struct Package: Decodable {
        struct Target: Decodable {
            struct Dependency: Decodable {
                var byName: [String?]?
                var product: [String?]?
                init(from decoder: any Decoder) throws {
                    let values = try decoder.container(keyedBy: Key.self)
                    // The second element may be a condition, which is no string: only the name matters.
                    byName = (try? values.decode([Name].self, forKey: .byName))?.map(\.text)
                    product = (try? values.decode([Name].self, forKey: .product))?.map(\.text)
                }
                enum Key: String, CodingKey { case byName, product }
                struct Name: Decodable {
                    var text: String?
                    init(from decoder: any Decoder) throws {
                        text = try? decoder.singleValueContainer().decode(String.self)
                    }
                }
            }
            var name: String
            var type: String
            var path: String?
            var dependencies: [Dependency]
        }
        var targets: [Target]
    }

    static let package: Package = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", root.path + "/.build/layering",
            "dump-package",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return try JSONDecoder().decode(Package.self, from: data)
        } catch {
            return Package(targets: [])
        }
    }()

    static func sources(of target: Package.Target) -> [URL] {
        let folder = target.path ?? (target.type == "test" ? "Tests/" : "Sources/") + target.name
        let files = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return files?.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
    }

    static func imports(_ file: URL) throws -> Set<String> {
        let pattern =
            /^(?:@testable )?(?:public |internal |package |fileprivate |private )?import (?:struct |func |class |enum )?(\w+)/
        return Set(
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                line.firstMatch(of: pattern).map { String($0.1) }
            })
    }

    @Test func `every import is a declared dependency`() throws {
        #expect(Self.package.targets.count > 15)
        for target in Self.package.targets where target.type != "system-target" {
            let declared = Set(
                target.dependencies.flatMap { ($0.byName?.prefix(1) ?? []) + ($0.product?.prefix(1) ?? []) }.compactMap
                { $0 })
            for file in Self.sources(of: target) {
                let undeclared = try Self.imports(file).subtracting(declared).subtracting(Self.system).subtracting([
                    "Testing", target.name,
                ])
                #expect(undeclared.isEmpty, "\(target.name)/\(file.lastPathComponent) imports \(undeclared.sorted())")
            }
        }
    }

    @Test func `every declared dependency is imported`() throws {
        for target in Self.package.targets where target.type == "regular" || target.type == "test" {
            let declared = Set(target.dependencies.flatMap { $0.byName?.prefix(1) ?? [] }.compactMap { $0 })
            let imported = try Set(Self.sources(of: target).flatMap { try Self.imports($0) })
            let programs: Set = ["cvqkd", "cvqkd-emulator"]  // Run by tests, not imported.
            let unused = declared.subtracting(imported).subtracting(programs)
            #expect(unused.isEmpty || target.name.hasPrefix("C"), "\(target.name) does not use \(unused.sorted())")
        }
    }

    @Test func `the layers below the programs do without Foundation`() throws {
        for target in Self.package.targets where Self.pure.contains(target.name) {
            for file in Self.sources(of: target) {
                #expect(
                    try Self.imports(file).isDisjoint(with: ["Foundation", "Dispatch"]), "\(file.lastPathComponent)")
            }
        }
    }

    @Test func `protocol, schema and analysis know no transport and no unit`() throws {
        let above: Set = [
            "UnitTransport", "UnitControl", "LinkControl", "SerialTransport", "USBTransport", "UnitEmulator",
        ]
        for target in Self.package.targets
        where ["UnitProtocol", "UnitSchema", "QuadratureAnalysis"].contains(target.name) {
            for file in Self.sources(of: target) {
                #expect(try Self.imports(file).isDisjoint(with: above), "\(file.lastPathComponent)")
            }
        }
    }
}
