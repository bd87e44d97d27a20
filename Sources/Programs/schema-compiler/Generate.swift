import ArgumentParser
import ForeignFiles
import Foundation
import ProgramStart
import UnitSchema

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes code, vectors and the reference page.",
        discussion: "Writes only files that change. With --check it writes nothing and fails if a file would change.")

    @OptionGroup var file: SchemaFile

    @Option(help: "Folder for Generated*.swift.")
    var swift: String?

    @Option(help: "Make Swift for tests of this module: types and messages only, which use its internals.")
    var testingModule: String?

    @Option(name: .customLong("c"), help: "The C11 header.")
    var header: String?

    @Option(help: "The golden vectors, JSON.")
    var vectors: String?

    @Option(help: "The reference page, Markdown.")
    var reference: String?

    @Option(help: "The C program that checks the header with the golden vectors.")
    var cTest: String?

    @Flag(help: "Write nothing; fail and name the files that are not up to date.")
    var check = false

    func validate() throws {
        guard [swift, header, vectors, reference, cTest].contains(where: { $0 != nil }) else {
            throw ValidationError("Nothing to generate: name at least one output.")
        }
    }

    func run() throws {
        let schema = try file.read()
        var files: [GeneratedFile] = []
        if let swift {
            files += SwiftOutput.files(schema, source: file.name, directory: swift, testing: testingModule)
        }
        let headerName = header.map(Self.fileName) ?? "cvqkd_unit.h"
        if let header {
            let text = COutput(schema).emit(source: file.name, file: headerName)
            files.append(GeneratedFile(path: header, text: text))
        }
        if let vectors { files.append(GeneratedFile(path: vectors, text: VectorOutput.emit(schema))) }
        if let reference {
            files.append(GeneratedFile(path: reference, text: ReferenceOutput.emit(schema, source: file.name)))
        }
        if let cTest {
            let text = CTestOutput(schema).emit(source: file.name, header: headerName)
            files.append(GeneratedFile(path: cTest, text: text))
        }
        let kind = ForeignFileKind("a generated file", mostBytes: 64 << 20)
        let stale = files.filter { file in
            (try? ForeignFile.bytes(of: file.path, kind)).map { $0 != Array(file.text.utf8) } ?? true
        }
        let left = leftovers(files)
        if check {
            for path in stale.map(\.path) + left {
                FileHandle.standardError.write(Data("\(path): not what \(file.schema) generates\n".utf8))
            }
            if !stale.isEmpty || !left.isEmpty { throw ExitCode.failure }
            return
        }
        for file in stale {
            try Data(file.text.utf8).write(to: URL(fileURLWithPath: file.path), options: .atomic)
            try StandardOutput.line("wrote \(file.path)")
        }
        for path in left {
            try FileManager.default.removeItem(atPath: path)
            try StandardOutput.line("removed \(path)")
        }
    }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Generated Swift files that the schema no longer makes.
    private func leftovers(_ files: [GeneratedFile]) -> [String] {
        guard let swift, let names = try? FileManager.default.contentsOfDirectory(atPath: swift) else { return [] }
        let paths = names.filter { $0.hasPrefix("Generated") && $0.hasSuffix(".swift") }.map { "\(swift)/\($0)" }
        return paths.filter { path in !files.contains { $0.path == path } }.sorted()
    }
}
