namespace SecretsPortal.Storage;

/// <summary>
/// Numbers that rise with each change of what their name says, in the transaction of the change. <see cref="ChangeWatch"/> reads them, on
/// every node.
/// </summary>
internal static class Epochs
{
    /// <summary>Who may what: callers, keys, groups, memberships, tags, policies, attachments, disabling, session epochs.</summary>
    public const string Access = "access";

    private static readonly Sql s_raise = Sql.PerDialect(
        sqlite: "INSERT INTO change_epoch (name, value) VALUES (@name, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
        sqlServer: """
            UPDATE change_epoch WITH (UPDLOCK, HOLDLOCK) SET value = value + 1 WHERE name = @name;
            IF @@ROWCOUNT = 0
                INSERT INTO change_epoch (name, value) VALUES (@name, 1);
            """);

    /// <summary>
    /// Raises a number. Writers of one name wait for each other from here to their commit: called first in a transaction, what it then finds to
    /// be so stays so until it commits; called last, it holds nobody up.
    /// </summary>
    public static Task Raise(Session session, string name) => session.Execute(s_raise, new { name });
}
