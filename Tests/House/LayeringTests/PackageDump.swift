import Foundation
import Repository

/// A package as `swift package dump-package` describes it, as far as layers are concerned.
struct PackageDump: Decodable, Sendable {
    struct Target: Decodable, Sendable {
        var name: String
        /// "regular", "executable", "test", "system-target".
        var type: String
        /// From the package's root: `Sources/FLOOR/TARGET`.
        var path: String?
        var dependencies: [Dependency]

        /// Targets of this package and products of others that it may import.
        var declared: Set<String> { Set(dependencies.map(\.name)) }
        /// Targets of this package among them.
        var neighbours: Set<String> { Set(dependencies.filter { !$0.isProduct }.map(\.name)) }
    }

    struct Dependency: Sendable {
        var name: String
        /// Of another package.
        var isProduct = false
    }

    enum Failure: Error, CustomStringConvertible {
        /// The command ended with this code, and this is what it said.
        case command(code: Int32, said: String)

        var description: String {
            switch self {
            case .command(let code, let said): "swift package dump-package ended with exit code \(code): \(said)"
            }
        }
    }

    var targets: [Target]

    /// This checkout's package, whole: CVQKD_ONLY of whoever runs the tests is not handed on. Throws if the command or
    /// its decoding fails: a package without targets would keep every rule.
    static func ofThisCheckout() throws -> PackageDump {
        try reading(Repository.root)
    }

    /// The package in a folder.
    static func reading(_ root: URL) throws -> PackageDump {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path",
            Repository.root.path + "/.build/layering", "dump-package",
        ]
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "CVQKD_ONLY" }
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appending(path: "cvqkd-layering-\(UUID()).txt")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let dumped = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Failure.command(code: process.terminationStatus, said: said)
        }
        return try JSONDecoder().decode(PackageDump.self, from: dumped)
    }
}

extension PackageDump.Dependency: Decodable {
    private enum Key: String, CodingKey { case byName, target, product }

    /// The name is the first element; those behind it may be a package or a condition.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        guard let key = values.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a dependency of an unknown kind"))
        }
        var elements = try values.nestedUnkeyedContainer(forKey: key)
        name = try elements.decode(String.self)
        isProduct = key == .product
    }
}
