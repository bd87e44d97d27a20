public import Foundation

extension StoreContents {
    /// The same with the records of another node, as it exports them (`Envelope.data`, one after the other): the two ends of a
    /// link have a store each, and one of them has to judge both. Bytes and signatures are verified here, by the stations that
    /// are trusted or pinned here; the other store is not believed.
    ///
    /// Of that store's damage, and of newer records that were not sent, nothing is known here. `heads` are the ends of its
    /// chains, over an authenticated channel: what they name and nobody sent refuses. Without them a node can hold back its
    /// newest record.
    ///
    /// - Throws: `.damaged` if any of it is not what its signer wrote.
    public func joined(with exported: Data, of node: String, heads: ChainHeads? = nil) throws(RecordError)
        -> StoreContents
    {
        var joined = self
        switch Envelope.read(exported) {
        case .failure(let damaged): throw .damaged(file: node, damage: damaged.damage)
        case .success(let envelopes):
            for envelope in envelopes where self.envelope(named: envelope.name) == nil {
                switch envelope.record() {
                case .failure(let damaged): throw .damaged(file: node, damage: damaged.damage)
                case .success(let record):
                    let signer = trusted.signer(envelope.signature.publicKey)
                    if case .factory = signer {
                        joined.imports[envelope.name] = envelope
                    } else {
                        joined.records.append(
                            StoredRecord(name: envelope.name, record: record, signer: signer, envelope: envelope))
                    }
                }
            }
        }
        joined.records.sort { ($0.chain, $0.record.sequence, $0.name) < ($1.chain, $1.record.sequence, $1.name) }
        joined.findings += heads?.findings(in: joined) ?? []
        return joined
    }
}
