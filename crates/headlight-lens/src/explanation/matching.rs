/// One column for each row of a square of costs, so that their sum is smallest: the Hungarian method (Kuhn,
/// [1955](https://doi.org/10.1002/nav.3800020109)), by shortest augmenting paths.
pub(super) fn cheapest(costs: &[Vec<f64>]) -> Vec<usize> {
    let size = costs.len();
    // What rows and columns pay, so that no pair costs less than both pay together. Row and column `size` are nobody's.
    let (mut of_row, mut of_column) = (vec![0.0; size], vec![0.0; size + 1]);
    let mut row_of: Vec<Option<usize>> = vec![None; size + 1];
    for row in 0..size {
        row_of[size] = Some(row);
        let (mut distance, mut came_from) = (vec![f64::INFINITY; size], vec![size; size]);
        let mut done = vec![false; size + 1];
        let mut column = size;
        while let Some(at) = row_of[column] {
            done[column] = true;
            for to in (0..size).filter(|to| !done[*to]) {
                let step = costs[at][to] - of_row[at] - of_column[to];
                if step < distance[to] {
                    (distance[to], came_from[to]) = (step, column);
                }
            }
            let nearest = (0..size).filter(|to| !done[*to]).min_by(|a, b| distance[*a].total_cmp(&distance[*b]));
            let nearest = nearest.expect("fewer rows than columns are matched");
            let step = distance[nearest];
            for other in 0..=size {
                if done[other] {
                    if let Some(row) = row_of[other] {
                        of_row[row] += step;
                    }
                    of_column[other] -= step;
                } else if other < size {
                    distance[other] -= step;
                }
            }
            column = nearest;
        }
        while column != size {
            row_of[column] = row_of[came_from[column]];
            column = came_from[column];
        }
    }
    let mut columns = vec![0; size];
    for (column, row) in row_of[..size].iter().enumerate() {
        columns[row.expect("every column is matched")] = column;
    }
    columns
}

#[cfg(test)]
mod tests {
    use headlight_model::keyed_generator;
    use rand::RngExt;

    use super::*;

    /// The least sum over all permutations.
    fn least(costs: &[Vec<f64>], row: usize, taken: &mut Vec<usize>) -> f64 {
        if row == costs.len() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..costs.len() {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.min(costs[row][column] + least(costs, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn no_permutation_is_cheaper() {
        let mut generator = keyed_generator([0, 0, 0, 0]);
        for size in [1, 2, 3, 4, 5, 6, 6, 6] {
            let costs: Vec<Vec<f64>> = (0..size).map(|_| (0..size).map(|_| generator.random()).collect()).collect();
            let columns = cheapest(&costs);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..size));
            let sum: f64 = columns.iter().enumerate().map(|(row, column)| costs[row][*column]).sum();
            assert!((sum - least(&costs, 0, &mut Vec::new())).abs() < 1e-9, "{columns:?} {costs:?}");
        }
        assert!(cheapest(&[]).is_empty());
    }
}
