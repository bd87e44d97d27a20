import ArgumentParser
import ForeignFiles
import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitSchema
import UnitTransport

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Shows, checks and compares unit protocols.",
        discussion: """
            EXAMPLE:
              cvqkd schema diff usb:B-0001
            """,
        subcommands: [SchemaShowCommand.self, SchemaCheckCommand.self, SchemaDiffCommand.self])
}

/// Where schema texts come from.
enum SchemaSource {
    /// This program's own text.
    static var own: String {
        UnitMessages.schemaText
    }

    /// The text that a unit serves, whatever it is.
    static func text(of selector: UnitSelector) async throws -> String {
        let transport = try await LocalUnitFinder(task: "schema").transport(selector)
        let text: Result<String, UnitError>
        do throws(UnitError) { text = .success(try await Unit.fetchSchema(transport)) } catch { text = .failure(error) }
        await transport.close()
        return try text.mapError { LocalUnitError.unit(selector, $0) }.get()
    }

    /// A file's text. 1 MiB is the most that a schema may have.
    static func text(file: String) throws -> String {
        let bytes = try ForeignFile.bytes(of: file, ForeignFileKind("a schema", mostBytes: 1 << 20))
        // Read as something else, it would be another text than the one that a unit serves.
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                .firstIndex { String(validating: $0, as: UTF8.self) == nil }
            throw CommandFailure(
                .failure, "\(file):\((line ?? 0) + 1): the text is not UTF-8. Save it as UTF-8, which it says it is")
        }
        return text
    }

    /// A unit's schema or a file's: what exists is a file, or none that can be read, whatever it is called.
    static func schema(_ name: String) async throws -> Schema {
        if access(name, F_OK) == 0 || name.hasSuffix(".xml") {
            return try Schema(parsing: text(file: name), file: name)
        }
        let selector: UnitSelector
        do throws(UnitSelector.Fault) { selector = try UnitSelector(name) } catch {
            throw CommandFailure(.usage, "'\(name)' is neither a file nor a unit: \(error)")
        }
        return try Schema(parsing: try await text(of: selector), file: name)
    }
}

extension UnitMessages {
    /// The text that this program was built from.
    static var schemaText: String { UnitSchemaText.utf8.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
