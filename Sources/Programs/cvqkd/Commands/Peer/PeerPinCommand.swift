import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports
import PeerIdentity

struct PeerPinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract:
            "Says who is at the other end of a link: its certificate and its node's signing key, two of each at most.",
        discussion: """
            Both are what 'cvqkd peer show' prints there. Compare them over another channel than the network.

            EXAMPLES:
              cvqkd peer pin --link A-B --certificate sha256:3f2a… --node-key MCowBQYDK2VwAyEA…
              cvqkd peer pin --link A-B --drop sha256:3f2a…
            """)

    @Option(help: "Name of the link, as in the agent's configuration.")
    var link: String

    @Option(help: ArgumentHelp("Certificate of the other side: sha256: and 64 hexadecimal digits.", valueName: "pin"))
    var certificate: String?

    @Option(help: ArgumentHelp("Signing key of the other node: base64, or a PEM file.", valueName: "key"))
    var nodeKey: String?

    @Option(help: ArgumentHelp("Certificate or signing key that is not believed any more.", valueName: "pin or key"))
    var drop: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !link.isEmpty else { throw ValidationError("--link is a name, not nothing.") }
        guard certificate != nil || nodeKey != nil || drop != nil else {
            throw ValidationError("Give --certificate, --node-key or --drop.")
        }
    }

    func run() async throws {
        let folder = store.peer
        let file = folder.pinsFile(link: link)
        let own = try PeerDocument(folder, now: Date())
        var pins = try PeerPins.load(file: file)
        // First what goes: there may be two already.
        if let drop {
            if let pin = PeerPin(drop) {
                try pins.drop(pin)
            } else if let key = PublicKey(drop) {
                try pins.drop(key)
            } else {
                throw PeerIdentityError.notAPin(drop)
            }
        }
        if let certificate {
            guard let pin = PeerPin(certificate) else { throw PeerIdentityError.notAPin(certificate) }
            guard ![own.certificate.pin, own.next?.pin].contains(pin.description) else {
                throw PeerIdentityError.ownPin(pin)
            }
            try pins.add(pin)
        }
        if let nodeKey { try pins.add(StoreOptions.publicKey(nodeKey)) }
        try pins.write(file: file)
        let document = PeerDocument.Link(pins, file: file)
        var sheet = Sheet()
        sheet.add("link", link)
        for pin in document.certificates { sheet.add("certificate", pin) }
        for key in document.nodeKeys { sheet.add("node key", key) }
        sheet.add("file", file)
        try Output.show(sheet.text, json: document, if: output.json)
    }
}
