import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports
import PeerIdentity

struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer",
        abstract: "Makes what this node is known by on the peer channel, and says who is at the other end of a link.",
        discussion: """
            Two agents trust nobody but each other: each pins the other's certificate by its public key. Compare pins \
            over another channel than the network between the two sites.

            EXAMPLES:
              cvqkd peer keygen
              cvqkd peer show
              cvqkd peer pin --link A-B --certificate sha256:3f2a… --node-key MCowBQYDK2VwAyEA…
              cvqkd peer rotate
            """,
        subcommands: [
            PeerKeygenCommand.self, PeerShowCommand.self, PeerPinCommand.self, PeerRotateCommand.self,
        ])
}

extension StoreOptions {
    /// Where a node keeps what it is known by.
    var peer: PeerFolder { PeerFolder("\(folder.path)/peer") }
}

extension PeerDocument {
    /// Prints it, and what is to be done next.
    func show(_ output: OutputOptions, next steps: [String] = []) throws {
        var sheet = Sheet()
        sheet.add("certificate", certificate.pin)
        sheet.add("", certificate.words)
        if let next {
            sheet.add("next certificate", next.pin)
            sheet.add("", next.words)
        }
        sheet.add("node key", nodeKey)
        sheet.add("fingerprint", nodeKeyFingerprint)
        sheet.add("folder", folder)
        for link in links {
            sheet.add("pinned in", link.file)
            for pin in link.certificates { sheet.add("  certificate", pin) }
            for key in link.nodeKeys { sheet.add("  node key", key) }
        }
        try Output.show(steps.reduce(sheet.text) { $0 + "\n\($1)" }, json: self, if: output.json)
    }
}

extension PeerDocument.Certificate {
    /// How long it holds.
    var words: String {
        let day = notAfter.formatted(.iso8601.year().month().day())
        return switch PeerCertificate.Standing(rawValue: standing) {
        case .expired: "EXPIRED on \(day)"
        case .notYetValid: "does NOT hold before \(notBefore.formatted(.iso8601))"
        case .expiresSoon: "holds until \(day), \(Int(daysLeft)) days: make the next one"
        default: "holds until \(day), \(Int(daysLeft)) days"
        }
    }
}
