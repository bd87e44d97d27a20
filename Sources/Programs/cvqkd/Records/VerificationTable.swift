import NodeReports

extension Verification {
    /// For people.
    var text: Page {
        var table = Table([
            .init("RECORD"), .init("UNITS", wraps: true), .init("PROCEDURE"), .init("NO", .right, .detail),
            .init("SIGNED BY", wraps: true),
        ])
        table.rows = records.map { record in
            [
                String(record.name.prefix(12)), record.units.joined(separator: " + "), record.procedure,
                "\(record.sequence)", record.signer,
            ]
        }
        let end = "\(records.count) records with right bytes and signatures; \(verdict.rawValue)"
        return "\(table)\n\((findings.map(\.line) + [end]).lines)"
    }

    /// How the command ends; nil if nothing is wrong.
    var failure: CommandFailure? {
        switch verdict {
        case .damaged:
            let damaged = findings.filter(\.isDamage)
            return CommandFailure(
                .damaged,
                "\(damaged.count) finding\(damaged.count == 1 ? "" : "s"); the first: \(damaged[0].name.prefix(16)): "
                    + "\(damaged[0].problem). Restore the file from a backup; or \(SuggestedCommand.setAside) "
                    + "sets it aside, once what may have been newer is calibrated again")
        case .untrusted:
            let names = Set(records.filter { !$0.trusted }.map(\.signer)).sorted().joined(separator: ", ")
            return CommandFailure(
                .unproven,
                "the signatures are right, and not all by a key that is wanted here: \(names). Compare the fingerprint "
                    + "with its owner, then \(SuggestedCommand.trustStation) trusts it")
        case .valid: return nil
        }
    }
}
