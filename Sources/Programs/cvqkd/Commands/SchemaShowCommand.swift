import ArgumentParser
import ReadableText
import UnitTransport

struct SchemaShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the protocol's schema text: this program's, or a unit's own.",
        discussion: """
            A unit that speaks another version can still be asked for its text.

            EXAMPLE:
              cvqkd schema show serial:/dev/ttyACM0 > unit.xml
            """)

    @Argument(
        help: "usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL; none for this program's text.", transform: Selectors.read
    )
    var unit: UnitSelector?

    func run() async throws {
        let text: String
        if let unit {
            // A unit's words go to a terminal: nothing in them may steer it.
            let scalars = try await SchemaSource.text(of: unit).unicodeScalars.filter {
                $0 == "\n" || $0 == "\t" || !$0.isUnseen
            }
            text = String(String.UnicodeScalarView(scalars))
        } else {
            text = SchemaSource.own
        }
        try Output.document(text.hasSuffix("\n") ? text : text + "\n")
    }
}
