// Label selectors of Kubernetes.

type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | null }[]
    | null;
}

/** Whether labels fit a selector (apimachinery `labels.Requirement.Matches`). */
export function fits({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const labelled = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labelled(key) === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labelled(key);
      const isListed = value !== undefined && (values ?? []).includes(value);
      if (operator === 'In') return isListed;
      if (operator === 'NotIn') return !isListed;
      return (value !== undefined) === (operator === 'Exists');
    })
  );
}
