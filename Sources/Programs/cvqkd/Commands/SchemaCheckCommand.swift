import ArgumentParser
import UnitSchema

struct SchemaCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a schema file and says everything that is wrong with it.",
        discussion: """
            EXAMPLE:
              cvqkd schema check firmware-schemas/unit-protocol.xml
            """)

    @Argument(help: "The XML file.")
    var file: String

    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        var file: String
        var id: UInt16
        var version: Int
        var semanticVersion: String?
        var messages: Int
    }

    func run() async throws {
        let schema = try Schema(parsing: try SchemaSource.text(file: file), file: file)
        let report = Report(
            file: file, id: schema.id, version: schema.version, semanticVersion: schema.semanticVersion,
            messages: schema.messages.count)
        try Output.show(
            "\(file): schema \(schema.id), version \(schema.version)\(schema.semanticVersion.map { " (\($0))" } ?? ""), "
                + "\(schema.messages.count) messages, no findings",
            json: report, if: output.json)
    }
}
