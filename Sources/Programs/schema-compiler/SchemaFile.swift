import ArgumentParser
import ForeignFiles
import Foundation
import UnitSchema

/// The schema that a command works on.
struct SchemaFile: ParsableArguments {
    @Argument(help: "The schema: Simple Binary Encoding 1.0, XML.", completion: .file(extensions: ["xml"]))
    var schema: String

    /// Reads the schema; findings go to standard error, one a line, and the command fails.
    func read() throws -> Schema {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) {
            bytes = try ForeignFile.bytes(of: schema, ForeignFileKind("a schema", mostBytes: 1 << 20))
        } catch {
            throw ValidationError(error.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValidationError("\(schema): is not UTF-8")
        }
        guard !text.utf8.contains(UInt8(ascii: "\r")) else {
            throw ValidationError("\(schema): has carriage returns, which a source literal would lose")
        }
        do {
            return try Schema(parsing: text, file: schema)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    /// The file's name without its folders, for headings that don't depend on where the compiler was started.
    var name: String { schema.split(separator: "/").last.map(String.init) ?? schema }
}
